// gitpuller is killed with SIGKILL at each system call that changes anything on disk. kill-steps.test.ts does
// so at a few of them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { type Kind, killAndFinish, kinds, makeKillCase } from './kill-under-test.ts';

/** The last one starts a git. */
const calls = ['mkdir', 'rename', 'symlink', 'unlink', 'rmdir', 'fsync', 'utimensat', 'clone'];

describe('Killing gitpuller at any step of', { concurrency: 3 }, () => {
  for (const kind of Object.keys(kinds) as Kind[]) {
    test(`${kinds[kind]} leaves one complete commit, and the next run succeeds.`, withStrace, async () => {
      const one = await makeKillCase(kind);
      let kills = 0;
      for (const call of calls) {
        for (let count = 1; await killAndFinish(one, { call, count }); count += 1) kills += 1;
      }
      assert.ok(kills >= (kind === 'rollback' ? 8 : 12), `${kills} kills`);
      await one.site.remove();
    });
  }
});
