// All processes of a pull are killed at once, and one git of a pull. kill-all.drill.ts does so at many
// moments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAllAt, killGit, withNamespace } from './kill-all-under-test.ts';
import { kinds, makeKillCase } from './kill-under-test.ts';

for (const kind of ['first', 'update'] as const) {
  test(
    `If all processes of ${kinds[kind]} are killed at once, the next run succeeds.`,
    withNamespace,
    async () => {
      const one = await makeKillCase(kind);
      await killAllAt(one, [0.6, 0.9]);
      await one.site.remove();
    },
  );
}

test('If a git of an update is killed, the run fails with a reason or recovers, and the next one succeeds.', async () => {
  const one = await makeKillCase('update');
  for (const count of [2, 5]) assert.ok(await killGit(one, count), `git ${count}`);
  await one.site.remove();
});
