import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hourMs, type OrderEntry, weekMs, withOrder, withOutcome } from '../ledger.ts';
import { emptyHostState, type HostState } from '../state.ts';
import { orderKey, ordersPrefix, stateKey } from './etcd-keys.ts';
import { oldKeyring, startMember } from './member-under-test.ts';
import { createSharedState } from './shared-state.ts';

const now = Date.now();
const orderOf = (index: number, at = now - index): OrderEntry => ({
  at,
  domain: `site-number-${index}.example-${index}.com`,
  registered: `example-${index}.com`,
  renewal: false,
  outcome: 'issued',
});
const stateOf = (ledger: readonly OrderEntry[]): HostState => ({ ...emptyHostState, ledger: [...ledger] });
const byAge = (ledger: readonly OrderEntry[]) => ledger.toSorted((one, other) => one.at - other.at);

test('the budget of 10,000 sites is kept in values that etcd takes, and an order writes itself and the newest ones', async () => {
  await using member = await startMember();
  const { cluster, lock } = member;
  const shared = createSharedState(cluster, lock);
  const all = byAge(Array.from({ length: 10_000 }, (_, index) => orderOf(index)));
  assert.ok(JSON.stringify(all).length > 1_000_000, 'as one value, it would be too large when it is sealed');
  await shared.write(stateOf(all));
  const again = createSharedState(cluster, lock);
  assert.deepEqual((await again.read())?.ledger, all);
  for await (const { entries } of cluster.etcd.pages('/acme/'))
    for (const { key, value } of entries) assert.ok(value.length < (key === stateKey ? 100_000 : 1000));
  member.takeCounts();
  const ledger = withOrder(all, { at: now + 1, domain: 'new.test', registered: 'new.test', renewal: false });
  await again.write(stateOf(ledger));
  assert.equal(member.takeCounts().written, 2);
  const issued = withOutcome(ledger, 'new.test', 'issued');
  await again.write(stateOf(issued));
  assert.equal(member.takeCounts().written, 2);
  await again.write(stateOf(issued));
  assert.equal(member.takeCounts().written, 0);
  assert.deepEqual((await createSharedState(cluster, lock).read())?.ledger, issued);
});

test('orders that are older than a week are removed', async () => {
  await using member = await startMember();
  const shared = createSharedState(member.cluster, member.lock);
  const old = Array.from({ length: 250 }, (_, index) => orderOf(index, now - weekMs - 1 - index));
  await shared.write(stateOf([...old, orderOf(1)]));
  const next = { at: now, domain: 'new.test', registered: 'new.test', renewal: false };
  const ledger = withOrder((await shared.read())?.ledger ?? [], next);
  await shared.write(stateOf(ledger));
  assert.deepEqual((await member.cluster.etcd.keys(ordersPrefix)).sort(), ledger.map(orderKey).sort());
  assert.equal(ledger.length, 2);
});

test('the budget that a version before has kept in the one value counts, and is taken apart', async () => {
  await using member = await startMember();
  const { cluster, lock } = member;
  const { etcd, keyring } = cluster;
  const failure = { count: 1, sentence: 'x', again: now + hourMs, noted: now };
  const before = { ...stateOf(byAge([orderOf(1), orderOf(2)])), failure };
  await etcd.put(stateKey, keyring.seal(stateKey, JSON.stringify(before)));
  const shared = createSharedState(cluster, lock);
  assert.deepEqual(await shared.read(), before);
  await shared.write(before);
  assert.equal((await etcd.keys(ordersPrefix)).length, 2);
  const value = keyring.open(stateKey, (await etcd.get(stateKey)) ?? '')?.text ?? '';
  assert.deepEqual(JSON.parse(value), before);
  assert.deepEqual(await createSharedState(cluster, lock).read(), before);
});

test('a state that cannot be read takes nothing from the budget', async () => {
  await using member = await startMember();
  const { cluster, lock } = member;
  assert.equal(await createSharedState(cluster, lock).read(), undefined);
  await createSharedState({ ...cluster, keyring: oldKeyring }, lock).write(stateOf([orderOf(1)]));
  await cluster.etcd.put(stateKey, 'damaged');
  assert.deepEqual((await createSharedState(cluster, lock).read())?.ledger, [orderOf(1)]);
});

test('members of version 0.2 find the newest orders in the one value', async () => {
  await using member = await startMember();
  const { cluster, lock } = member;
  const all = byAge(Array.from({ length: 400 }, (_, index) => orderOf(index)));
  await createSharedState(cluster, lock).write(stateOf(all));
  const value = cluster.keyring.open(stateKey, (await cluster.etcd.get(stateKey)) ?? '')?.text ?? '';
  assert.deepEqual(JSON.parse(value).ledger, all.slice(-300));
  assert.deepEqual((await createSharedState(cluster, lock).read())?.ledger, all);
});
