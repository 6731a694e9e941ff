// Everything that works on a pull killed at once, and a git of a pull. kill-all.drill.ts does so at many moments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAllAt, killGit, withNamespace } from './kill-all-under-test.ts';
import { kinds, makeKillCase } from './kill-under-test.ts';

for (const kind of ['first', 'update'] as const) {
  test(
    `Everything that works on ${kinds[kind]} is killed at once: the next run finishes.`,
    withNamespace,
    async () => {
      const one = await makeKillCase(kind);
      await killAllAt(one, [0.6, 0.9]);
      await one.site.remove();
    },
  );
}

test('A git of an update is killed: the run fails with a reason or makes up for it, and the next one finishes.', async () => {
  const one = await makeKillCase('update');
  for (const count of [2, 5]) assert.ok(await killGit(one, count), `git ${count}`);
  await one.site.remove();
});
