// All processes of a pull are killed at once, at many moments, and each git of a pull. kill-all.test.ts does
// so at a few moments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAllAt, killGit, withNamespace } from './kill-all-under-test.ts';
import { kinds, makeKillCase } from './kill-under-test.ts';

const moments = 14;
const parts = Array.from({ length: moments }, (_, index) => (index + 1) / (moments + 1));

for (const kind of ['first', 'update'] as const) {
  test(
    `If all processes of ${kinds[kind]} are killed at any of many moments, the next run succeeds.`,
    withNamespace,
    async () => {
      const one = await makeKillCase(kind);
      await killAllAt(one, parts);
      await one.site.remove();
    },
  );
}

test('If any git of an update is killed, the run fails with a reason or recovers, and the next one succeeds.', async () => {
  const one = await makeKillCase('update');
  let count = 1;
  while (await killGit(one, count)) count += 1;
  assert.ok(count > 6, `${count - 1} kills`);
  await one.site.remove();
});
