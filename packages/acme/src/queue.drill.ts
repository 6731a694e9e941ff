// e2e/src/acme-many does the same on a whole host, through its edge.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { sleep } from '@freehold/core/backoff';
import { createTestHost, isThere, type TestHost } from './host-under-test.ts';

/** Those of the first hundred are the last by the alphabet. */
const namesOf = (prefix: string) =>
  Array.from({ length: 100 }, (_, index) => `${prefix}${String(index).padStart(3, '0')}.example.com`);
const [earlier, later] = [namesOf('z'), namesOf('a')];

/** Runs acme until it ends or is killed after so many milliseconds; tells whether it was killed. */
async function runFor(host: TestHost, ms: number): Promise<boolean> {
  const child = host.start(['--all']);
  const ended = once(child.process, 'close');
  await Promise.race([ended, sleep(ms)]);
  child.process.kill('SIGKILL');
  await ended;
  return child.process.signalCode === 'SIGKILL';
}

test('of 200 sites of one domain, the 50 that came first have certificates, although acme is killed again and again', async (context) => {
  await using host = await createTestHost();
  const { layout, pebble } = host;
  const issued = async () => {
    const found = await Promise.all([...earlier, ...later].map((name) => isThere(layout.certificate(name))));
    return [...earlier, ...later].filter((_, index) => found[index]);
  };
  for (const domain of earlier) await host.addSite(domain);
  let kills = 0;
  // Until acme has seen them, which counts from then on.
  for (let ms = 3000; !(await isThere(layout.siteState(earlier.at(-1) ?? ''))); ms += 3000)
    if (await runFor(host, ms)) kills++;
  for (const domain of later) await host.addSite(domain);
  for (let ms = 3000; kills < 12 && (await issued()).length < 40; ms += 777)
    if (await runFor(host, ms)) kills++;
  const { code, output } = await host.run(['--all']);
  assert.equal(code, 0, output);
  const orders = pebble.output().match(/Added order/g)?.length ?? 0;
  context.diagnostic(`${orders} orders, ${kills} kills`);
  assert.deepEqual(await issued(), earlier.slice(0, 50));
  // A kill between the CA's answer and acme's note of it costs an order; nothing else does.
  assert.ok(orders >= 50 && orders <= 50 + kills, `${orders} orders, ${kills} kills`);
  assert.doesNotMatch(pebble.output(), /set INVALID/);
  const turns = [];
  for (const domain of [...earlier.slice(50), ...later]) {
    const status = await host.status(domain);
    assert.match(status, /It is ordered: \d{4}-.*because of the rate limits of the CA/);
    turns.push(/It is ordered: (\S+),/.exec(status)?.[1] ?? '');
  }
  assert.deepEqual(turns, turns.toSorted());
  assert.equal((await host.run(['--all'])).output, '');
});
