// confd killed at a few of its steps; kill.drill.ts does so at each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { allSteps, changeOnce, changeRunning, killAndRepair, startEdge } from './kill-under-test.ts';

/** Inside the first file, between two files, and on the way to HAProxy after all files. */
const someSteps = [
  ['write', 1],
  ['rename', 2],
  ['connect', 2],
] as const;

for (const [what, work] of [
  ['with a reload', changeOnce],
  ['without a reload', changeRunning],
] as const) {
  test(
    `confd killed in the middle of a change ${what} leaves files on which HAProxy starts, and the next one finishes`,
    withStrace,
    async () => {
      await using edge = await startEdge();
      const all = await allSteps(edge);
      for (const [call, count] of someSteps) {
        const steps = all.find((one) => one.call === call);
        assert.ok(steps);
        assert.ok(
          await killAndRepair(edge, { ...steps, count }, { work, andHaproxy: true }),
          `killed at ${call} ${count}`,
        );
      }
    },
  );
}
