import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, UsageError } from './options.ts';

test('Without arguments, the whole default tier runs.', () => {
  const none = { changedSince: undefined, release: undefined, patterns: [] };
  assert.deepEqual(readOptions([]), { all: false, quick: false, ...none });
});

test('--changed compares with HEAD, or with the revision after an equals sign.', () => {
  assert.equal(readOptions(['--changed']).changedSince, 'HEAD');
  const { changedSince, patterns } = readOptions(['--changed=main', 'mail', 'git-']);
  assert.equal(changedSince, 'main');
  assert.deepEqual(patterns, ['mail', 'git-']);
});

test('An unknown option is a usage error.', () => {
  assert.throws(() => readOptions(['--sideways']), UsageError);
});
