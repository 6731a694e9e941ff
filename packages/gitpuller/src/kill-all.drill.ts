// Everything that works on a pull killed at once, at many moments, and each git of a pull. kill-all.test.ts does so at a
// few moments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAllAt, killGit, withNamespace } from './kill-all-under-test.ts';
import { kinds, makeKillCase } from './kill-under-test.ts';

const moments = 14;
const parts = Array.from({ length: moments }, (_, index) => (index + 1) / (moments + 1));

for (const kind of ['first', 'update'] as const) {
  test(
    `Everything that works on ${kinds[kind]} is killed at many moments: the next run finishes.`,
    withNamespace,
    async () => {
      const one = await makeKillCase(kind);
      await killAllAt(one, parts);
      await one.site.remove();
    },
  );
}

test('Each git of an update is killed: the run fails with a reason or makes up for it, and the next one finishes.', async () => {
  const one = await makeKillCase('update');
  let count = 1;
  while (await killGit(one, count)) count += 1;
  assert.ok(count > 6, `${count - 1} kills`);
  await one.site.remove();
});
