import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits, turnsOf } from './budget.ts';
import { hourMs, type Ledger, recentFailures, weekMs, withOrder, withOutcome } from './ledger.ts';

const now = 100 * weekMs;
const none = { byDomain: new Map<string, number>(), soon: 0 };

const queueOf = (count: number, registered = (_index: number) => 'example.com') =>
  Array.from({ length: count }, (_, index) => ({
    domain: `s${index}.example.com`,
    registered: registered(index),
  }));

const entry = (at: number, registered = 'example.com') => ({
  ...{ at, registered, domain: `at${at}.${registered}`, renewal: false },
});

test('for 200 new sites of one domain, 50 certificates are ordered at once, and 50 more each week, in their order', () => {
  const turns = [...turnsOf({ queue: queueOf(200), ledger: [], reserved: none, now }).values()];
  for (const [index, turn] of turns.entries()) {
    assert.equal(turn, now + Math.floor(index / 50) * weekMs, `site ${index}`);
  }
});

test('certificates for 500 sites of different domains are ordered in one day', () => {
  const queue = queueOf(500, (index) => `d${index}.com`);
  const turns = [...turnsOf({ queue, ledger: [], reserved: none, now }).values()];
  assert.equal(turns.filter((turn) => turn === now).length, limits.ordersPerThreeHours);
  assert.equal(Math.max(...turns), now + 3 * hourMs);
});

test('certificates of this week count; failed and older ones do not', () => {
  let ledger: Ledger = [];
  for (let index = 0; index < 50; index++) ledger = withOrder(ledger, entry(now - weekMs + 1000 + index));
  const turns = turnsOf({ queue: queueOf(1), ledger, reserved: none, now });
  assert.equal(turns.get('s0.example.com'), now + 1000);
  const failed = withOutcome(ledger, ledger[3]?.domain ?? '', 'failed');
  assert.equal(
    turnsOf({ queue: queueOf(1), ledger: failed, reserved: none, now }).get('s0.example.com'),
    now,
  );
  assert.equal(withOrder(ledger, entry(now + 2000)).length, 1);
});

test('an order that was interrupted before its URL was known does not count in the budget', () => {
  const again = withOrder(withOrder([], entry(now)), { ...entry(now), at: now + 1 });
  assert.deepEqual(
    again.map(({ outcome }) => outcome),
    ['failed', 'open'],
  );
  assert.equal(recentFailures(again, entry(now).domain, now), 1);
});

test('new sites leave the part of the budget that renewals of the week will need', () => {
  const reserved = { byDomain: new Map([['example.com', 45]]), soon: 0 };
  const turns = [...turnsOf({ queue: queueOf(10), ledger: [], reserved, now }).values()];
  assert.equal(turns.filter((turn) => turn === now).length, 5);
  const full = { byDomain: new Map([['example.com', 60]]), soon: 0 };
  assert.ok(
    (turnsOf({ queue: queueOf(1), ledger: [], reserved: full, now }).get('s0.example.com') ?? 0) > now,
  );
});

test('a domain whose budget is exhausted does not delay another one', () => {
  const queue = queueOf(60, (index) => (index < 55 ? 'example.com' : 'example.net'));
  const turns = turnsOf({ queue, ledger: [], reserved: none, now });
  assert.ok((turns.get('s54.example.com') ?? 0) > now);
  assert.equal(turns.get('s55.example.com'), now);
});

test('orders that a fast clock has dated in the future do not count', () => {
  const future = Array.from({ length: 50 }, () => ({
    ...entry(now + 3 * hourMs),
    outcome: 'issued' as const,
  }));
  const turns = turnsOf({ queue: queueOf(1), ledger: future, reserved: none, now });
  assert.equal(turns.get('s0.example.com'), now);
  const failed: Ledger = future.map((one) => ({ ...one, domain: 'a.test', outcome: 'failed' }));
  assert.equal(recentFailures(failed, 'a.test', now), 0);
  assert.equal(withOrder(future, { ...entry(now), domain: 'a.test' }).length, 1);
});

test('orders of another member count, whose clock is ahead by as much as both may be wrong', () => {
  const ahead = Array.from({ length: 50 }, (_, index) => ({
    ...entry(now + 2 * hourMs - index),
    outcome: 'issued' as const,
  }));
  const turns = turnsOf({ queue: queueOf(1), ledger: ahead, reserved: none, now });
  assert.ok((turns.get('s0.example.com') ?? 0) > now + weekMs - hourMs);
  const failed: Ledger = ahead.map((one) => ({ ...one, domain: 'a.test', outcome: 'failed' }));
  assert.equal(recentFailures(failed, 'a.test', now), 50);
});
