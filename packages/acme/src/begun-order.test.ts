// Orders that have been begun and do not get on, beside a site that waits for its first one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeCa, json, problem, startFakeCa } from './fake-ca.ts';
import { beginFakeOrder } from './fake-order.ts';
import { createTestHost } from './host-under-test.ts';
import { hostState, readState, siteState } from './state.ts';

const refused = problem({ status: 400, type: 'rejectedIdentifier', detail: 'not this one' });
const orders = ({ asked }: FakeCa) => asked.filter((path) => path === '/order').length;

test('an unusable certificate invalidates the order of its site, and affects no other site', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  for (const domain of ['a.test', 'b.test']) await host.addSite(domain);
  await beginFakeOrder(host, ca, { domain: 'a.test', name: 'other.test' });
  ca.answers.set('/order', refused);
  const { code, output } = await host.run(['--all'], ca.env);
  assert.equal(code, 0, output);
  assert.match(output, /a\.test: Cannot use the certificate that the CA issued: it is not for a\.test/);
  assert.equal(orders(ca), 1);
  const state = await readState(host.layout.siteState('a.test'), siteState);
  assert.equal(state?.order, undefined);
  assert.ok((state?.failure?.again ?? 0) > Date.now());
});

test('an order that makes no progress at the CA is checked less and less often, while new orders continue', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  for (const domain of ['a.test', 'b.test']) await host.addSite(domain);
  await beginFakeOrder(host, ca, { domain: 'a.test' });
  ca.answers.set('/order/a.test', problem({ status: 500, type: 'serverInternal', detail: 'no' }));
  ca.answers.set('/order', refused);
  const { code, output } = await host.run(['--all'], ca.env);
  assert.equal(code, 0, output);
  assert.match(output, /a\.test: Cannot read the state of the order from the CA: serverInternal/);
  assert.equal(orders(ca), 1);
  const order = (await readState(host.layout.siteState('a.test'), siteState))?.order;
  assert.equal(order?.failures, 1);
  assert.ok((order?.again ?? 0) > Date.now());
  assert.match(await host.status('a.test'), /serverInternal: no\. Next try: \d{4}-/);
  assert.equal((await host.run(['--all'], ca.env)).output, '');
});

test('an order that the CA has created counts, even if the next request fails', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  await host.addSite('a.test');
  const order = { status: 'ready', authorizations: [], finalize: ca.url('/none') };
  ca.answers.set('/order', json(201, order, { location: ca.url('/order/1') }));
  ca.answers.set('/order/1', (response) => response.destroy());
  const { code, output } = await host.run(['--all'], ca.env);
  assert.equal(code, 0, output);
  assert.deepEqual(
    (await readState(host.layout.host, hostState))?.ledger.map(({ outcome }) => outcome),
    ['open'],
  );
});

test('a CA that does not know the order that it has just made is asked again after a delay', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  await host.addSite('a.test');
  const order = { status: 'ready', authorizations: [], finalize: ca.url('/none') };
  ca.answers.set('/order', json(201, order, { location: ca.url('/order/1') }));
  ca.answers.set('/order/1', problem({ status: 404, type: 'malformed', detail: 'no such order' }));
  const { output } = await host.run(['--all'], ca.env);
  assert.match(output, /a\.test: The CA does not know the order that it accepted/);
  assert.equal((await host.run(['--all'], ca.env)).output, '');
  assert.equal(orders(ca), 1);
});
