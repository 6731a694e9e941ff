// Tests other runs at the same time as a pull.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentPort } from '@freehold/testing/silent-port';
import { waitFor } from '@freehold/testing/wait-for';
import { findLeftovers, makeSite } from './site-under-test.ts';

test('Two concurrent runs are serialized, and both succeed.', async () => {
  const site = await makeSite();
  const commit = await site.repository.commit({ 'index.html': 'one' });
  const runs = await Promise.all([1, 2, 3].map(() => site.start().ended));
  for (const { code, lines } of runs) assert.equal(code, 0, lines.join('\n'));
  const printed = runs.flatMap(({ lines }) => lines);
  assert.equal(printed.filter((line) => line.includes('now serves')).length, 1, printed.join('\n'));
  assert.equal(printed.filter((line) => line.startsWith('<6>Unchanged')).length, 2);
  assert.equal(await site.served(), commit);
  await site.remove();
});

test('A run that waits for another one ends on SIGTERM and leaves the other alone.', async (context) => {
  const site = await makeSite();
  const { port, connected } = await silentPort(context);
  await site.write('GITURL', `https://127.0.0.1:${port}/x main`);
  const first = site.start();
  await connected;
  const second = site.start();
  await waitFor('the second to wait', () => second.output().includes('is already in progress'));
  second.child.kill('SIGTERM');
  assert.deepEqual((await second.ended).lines.at(-1), '<3>Stopped by SIGTERM.');
  assert.equal(first.child.exitCode, null);
  first.child.kill('SIGTERM');
  await first.ended;
  assert.deepEqual(await findLeftovers(site), []);
  await site.remove();
});
