// confd killed at each of its steps: no file is ever half written, HAProxy continues, and the next confd finishes the
// change. kill.test.ts does so at a few of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import {
  allSteps,
  changeOnce,
  changeRunning,
  killAndRepair,
  startEdge,
  type Work,
} from './kill-under-test.ts';

/** Kills at the first, second, … step of each kind, until confd gets through; gives how often it was killed. */
async function killAtEach(work: Work): Promise<number> {
  await using edge = await startEdge();
  let kills = 0;
  for (const steps of await allSteps(edge)) {
    for (let count = 1; await killAndRepair(edge, { ...steps, count }, { work }); count++) kills += 1;
  }
  return kills;
}

for (const [what, work] of [
  ['with a reload', changeOnce],
  ['without a reload', changeRunning],
] as const) {
  test(
    `confd killed at any step of a change ${what} leaves complete files, and the next one finishes`,
    withStrace,
    async (context) => {
      const kills = await killAtEach(work);
      context.diagnostic(`${kills} kills`);
      // How many steps there are depends on how many changes confd finds at once.
      assert.ok(kills >= 10, `${kills} kills`);
    },
  );
}
