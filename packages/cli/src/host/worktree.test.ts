import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitOf } from './worktree.ts';

test('a worktree has the name of its commit, and a number if there were several', () => {
  const commit = 'a'.repeat(40);
  for (const name of [commit, `${commit}-2`]) {
    assert.equal(commitOf(`worktrees/${name}`), commit);
    assert.equal(commitOf(name), commit);
  }
  assert.equal(commitOf('worktrees/new'), undefined);
});
