import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FreeholdError } from '@freehold/core/error';
import { checkArgument, parseAddress } from './address.ts';

test('an address with a password or token is refused as an argument and is not repeated; the refusal advises replacing it', () => {
  for (const address of [
    'https://me:s3cret@git.example.test/site.git main',
    'https://s3cret@git.example.test/site.git',
    'https://me:to/s3cret@git.example.test/site.git',
    'https://git.example.test/site.git?token=s3cret',
    'ssh://me:s3cret@git.example.test/site.git',
    'me:s3cret@git.example.test:site.git',
  ]) {
    assert.throws(
      () => checkArgument(address),
      ({ code, message }: FreeholdError) => {
        assert.equal(code, 'usage');
        assert.match(message, /Replace this password or token at the git server.*--git -.*--git-file FILE/);
        assert.doesNotMatch(message, /s3cret/);
        return true;
      },
    );
  }
});

test('an address without credentials is accepted as an argument', () => {
  for (const address of [
    'https://git.example.test/site.git main',
    'ssh://git@git.example.test:2222/site.git',
    'git@git.example.test:me/site.git v1',
    '/data/domains/example.com/site.git',
  ]) {
    checkArgument(address);
    assert.equal(parseAddress('--git', address), address);
  }
});

test('an address is one line that is not empty', () => {
  const secret = 'https://me:to/k?en@git.example.test/site.git main';
  assert.equal(parseAddress('--git', `${secret}\n`), secret);
  assert.throws(
    () => parseAddress('--git-file', '\n'),
    /^FreeholdError: The repository's address for --git-file is empty/,
  );
  assert.throws(() => parseAddress('--git', 'one\ntwo\n'), /for --git has more than one line/);
});
