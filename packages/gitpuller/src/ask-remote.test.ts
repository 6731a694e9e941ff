import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseWanted } from './ask-remote.ts';

const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
const url = 'https://h.test/x';

test('The default is HEAD, and the branch that it refers to is reported.', () => {
  const output = `ref: refs/heads/trunk\tHEAD\n${a}\tHEAD\n${b}\trefs/remotes/x/HEAD\n`;
  assert.deepEqual(chooseWanted(output, { kind: 'default' }, url), {
    commit: a,
    source: 'HEAD',
    name: `trunk of ${url}`,
  });
  assert.equal(chooseWanted(`${a}\tHEAD\n`, { kind: 'default' }, url).name, `HEAD of ${url}`);
  assert.throws(() => chooseWanted('', { kind: 'default' }, url), /has no commit yet/);
});

test('A branch takes precedence over a tag, a tag resolves to its commit, and a longer name with the same end does not match.', () => {
  const ref = { kind: 'name', name: 'v1' } as const;
  const tag = `${a}\trefs/tags/v1\n${b}\trefs/tags/v1^{}\n`;
  assert.deepEqual(chooseWanted(`${tag}${c}\trefs/heads/v1\n`, ref, url), {
    commit: c,
    source: 'refs/heads/v1',
    name: `v1 of ${url}`,
  });
  assert.equal(chooseWanted(tag, ref, url).commit, b);
  assert.equal(chooseWanted(`${a}\trefs/tags/v1\n`, ref, url).commit, a);
  assert.throws(
    () => chooseWanted(`${a}\trefs/x/refs/heads/v1\n`, ref, url),
    /has no branch or tag "v1" \(any more\)\.$/,
  );
});

test('An abbreviated commit id is refused with a request for the full one, and garbage matches nothing.', () => {
  assert.throws(() => chooseWanted('', { kind: 'name', name: 'abc1234' }, url), /use its full id/);
  assert.throws(() => chooseWanted('not\nwhat\tgit\0says', { kind: 'default' }, url), /has no commit yet/);
});
