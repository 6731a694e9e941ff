// gitpuller is killed with SIGKILL at a few of its steps. kill-steps.drill.ts does so at each.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { type Kind, killAndFinish, kinds, makeKillCase, type Step } from './kill-under-test.ts';

/** When a git is started, and before and after the link to the current worktree is replaced. */
const steps: readonly Step[] = [
  { call: 'clone', count: 1 },
  { call: 'symlink', count: 1 },
  { call: 'rename', count: 1 },
];

describe('Killing gitpuller in the middle of', { concurrency: 3 }, () => {
  for (const kind of Object.keys(kinds) as Kind[]) {
    test(`${kinds[kind]} leaves one complete commit, and the next run succeeds.`, withStrace, async () => {
      const one = await makeKillCase(kind);
      for (const step of steps) assert.ok(await killAndFinish(one, step), `${step.call} ${step.count}`);
      await one.site.remove();
    });
  }
});
