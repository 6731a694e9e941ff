import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parseRef } from './git-ref.ts';

const hex = '0123456789abcdef0123456789abcdef01234567';

test("An empty text means the repository's default, 40 or 64 hex digits are a commit, and anything else is a name.", () => {
  assert.deepEqual(parseRef(''), { kind: 'default' });
  assert.deepEqual(parseRef(hex.toUpperCase()), { kind: 'commit', commit: hex });
  assert.deepEqual(parseRef(hex + hex.slice(0, 24)), { kind: 'commit', commit: hex + hex.slice(0, 24) });
  assert.deepEqual(parseRef('abc1234'), { kind: 'name', name: 'abc1234' });
  for (const name of ['main', 'v1.0', 'feature/a-b', 'ünïcode', 'a@b', 'x.lockx']) {
    assert.deepEqual(parseRef(name), { kind: 'name', name });
  }
});

test('Names that git check-ref-format refuses are refused, and so are names that begin with a hyphen.', () => {
  const bad = [
    'a..b',
    'a b',
    'a~b',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a\u0001',
    'a\u007f',
    '/a',
    'a/',
    'a//b',
  ];
  bad.push('.a', 'a/.b', 'a.lock', 'a.lock/b', 'a.', 'a@{b', '@', '..');
  for (const name of bad) {
    assert.throws(() => parseRef(name), /is not a valid branch, tag or commit/, name);
    const check = () => execFileSync('git', ['check-ref-format', '--allow-onelevel', name]);
    assert.throws(check, Error, `git takes ${JSON.stringify(name)}`);
  }
  for (const name of ['-x', '--upload-pack=touch', 'x'.repeat(300)]) {
    assert.throws(() => parseRef(name), /is not a valid branch, tag or commit/);
  }
});
