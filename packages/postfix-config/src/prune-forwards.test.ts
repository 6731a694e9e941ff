import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseAddress, parseOwnAddress } from '@freehold/core/mail-address';
import { type Forwards, nameOf } from './forward.ts';
import { pruneForwards } from './prune-forwards.ts';

function forwardsOf(entries: Readonly<Record<string, readonly string[]>>): Forwards {
  return new Map(
    Object.entries(entries).map(([address, targets]) => {
      const own = parseOwnAddress(address);
      return [nameOf(own), { ...own, targets: targets.map(parseAddress), source: address }];
    }),
  );
}

/** The remaining forwards, and the reasons for skipped ones. */
function settle(entries: Readonly<Record<string, readonly string[]>>, limit = 50) {
  const { forwards, faults } = pruneForwards(forwardsOf(entries), new Set(), limit);
  return {
    left: Object.fromEntries([...forwards].map(([name, { targets }]) => [name, targets])),
    faults: Object.fromEntries(faults.map(({ subject, reason }) => [subject, reason])),
  };
}

test('an address that forwards to itself is skipped, whatever its spelling, tag or form', () => {
  for (const target of ['me@a.test', 'ME@A.test', 'me+x@a.test']) {
    const { left, faults } = settle({ 'me@a.test': [target, 'x@else.test'], 'you@a.test': ['y@else.test'] });
    assert.deepEqual(left, { 'you@a.test': ['y@else.test'] });
    assert.deepEqual(faults, { 'me@a.test': 'me@a.test forwards to itself' });
  }
});

test('of a loop over several entries and domains, exactly the entries that form it are skipped', () => {
  const { left, faults } = settle({
    'a@a.test': ['b@b.test', 'x@else.test'],
    'b@b.test': ['c@müller.test'],
    'c@müller.test': ['a@a.test'],
    'free@a.test': ['x@else.test'],
  });
  assert.deepEqual(Object.keys(left), ['free@a.test']);
  assert.deepEqual(Object.keys(faults).sort(), ['a@a.test', 'b@b.test', 'c@müller.test']);
  assert.match(faults['a@a.test'] ?? '', /forwards to itself through .*b@b\.test/);
});

test('an entry that only leads into a loop loses that target and keeps its others', () => {
  const { left, faults } = settle({
    'in@a.test': ['a@a.test', 'x@else.test'],
    'a@a.test': ['b@a.test'],
    'b@a.test': ['a@a.test'],
  });
  assert.deepEqual(left, { 'in@a.test': ['x@else.test'] });
  assert.match(faults['in@a.test in part'] ?? '', /nobody here has the address a@a\.test/);
});

test('a catch-all can be part of loops, and receives the mail of an address whose loop is removed', () => {
  assert.deepEqual(settle({ '*@a.test': ['any@a.test'] }).left, {});
  assert.deepEqual(settle({ '*@a.test': ['x@b.test'], '*@b.test': ['y@a.test'] }).left, {});
  const { left } = settle({
    'me@a.test': ['me@a.test'],
    'you@a.test': ['me@a.test'],
    '*@a.test': ['x@else.test'],
  });
  assert.deepEqual(left, { 'you@a.test': ['me@a.test'], '@a.test': ['x@else.test'] });
});

test('a loop that appears when another one is removed is removed as well', () => {
  // Once me@ is gone, its mail goes to the rest of the domain, and so to you@, which leads to me@.
  const { left } = settle({
    'me@a.test': ['me@a.test'],
    'you@a.test': ['me@a.test'],
    '*@a.test': ['you@a.test'],
  });
  assert.deepEqual(left, {});
});

test('a target in one of our domains that has no forward is skipped', () => {
  const { left, faults } = settle({ 'a@a.test': ['nobody@a.test'], 'b@a.test': ['x@else.test'] });
  assert.deepEqual(left, { 'b@a.test': ['x@else.test'] });
  assert.match(faults['a@a.test'] ?? '', /nobody here has the address nobody@a\.test, and there is no other/);
});

test('forwards with more final addresses than the limit, or too long a path, are skipped', () => {
  const many = (name: string) => Array.from({ length: 8 }, (_, index) => `${name}${index}@else.test`);
  const wide = settle(
    { 'a@a.test': many('a'), 'b@a.test': many('b'), 'all@a.test': ['a@a.test', 'b@a.test'] },
    10,
  );
  assert.deepEqual(Object.keys(wide.left), ['a@a.test', 'b@a.test']);
  assert.match(wide.faults['all@a.test'] ?? '', /leads to 16 final addresses, more than the limit of 10/);
  const chain = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`n${index}@a.test`, [`n${index + 1}@a.test`]]),
  );
  const long = settle({ ...chain, 'n10000@a.test': ['x@else.test'] });
  assert.equal(Object.keys(long.left).length, 50);
});

test('forwards with as many paths to the same addresses as Postfix would not follow are skipped', () => {
  const people = Array.from({ length: 40 }, (_, index) => `p${index}@else.test`);
  const lists = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}@a.test`, people]));
  const all = (count: number) => settle({ ...lists(count), 'all@a.test': Object.keys(lists(count)) });
  assert.deepEqual(all(25).faults, {});
  const { left, faults } = all(26);
  assert.deepEqual(Object.keys(left), Object.keys(lists(26)));
  assert.match(
    faults['all@a.test'] ?? '',
    /leads to 40 final addresses on 1040 paths, more than the limit of 1000/,
  );
});

/** The number of Map lookups during some work: unlike its time, it is the same on each machine. */
function countLookups(context: TestContext, work: () => void): number {
  const { get } = Map.prototype;
  let lookups = 0;
  Map.prototype.get = function (key) {
    lookups += 1;
    return get.call(this, key);
  };
  const started = performance.now();
  try {
    work();
  } finally {
    Map.prototype.get = get;
  }
  context.diagnostic(`${lookups} lookups, ${Math.round(performance.now() - started)} ms`);
  return lookups;
}

test('a chain of 10,000 forwards with a dead end, in whatever order, is skipped in one pass', (context) => {
  const chain = Array.from({ length: 10_000 }, (_, index): [string, string[]] => [
    `n${index}@a.test`,
    [index === 9999 ? 'nobody@a.test' : `n${index + 1}@a.test`],
  ]);
  for (const entries of [chain, chain.toReversed()]) {
    const forwards = forwardsOf({ ...Object.fromEntries(entries), 'ok@a.test': ['x@else.test'] });
    const lookups = countLookups(context, () => {
      const settled = pruneForwards(forwards, new Set(), 50);
      assert.deepEqual([...settled.forwards.keys()], ['ok@a.test']);
      assert.equal(settled.faults.length, 10_000);
    });
    assert.ok(lookups < 20 * 10_000, `${lookups} lookups`);
  }
});

test('10,000 forwards in 1,000 domains need only a few lookups each', (context) => {
  const entries = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [
      `n${index}@d${index % 1000}.test`,
      [`n${index}@else.test`],
    ]),
  );
  const forwards = forwardsOf(entries);
  const lookups = countLookups(context, () => {
    assert.equal(pruneForwards(forwards, new Set(), 50).forwards.size, 10_000);
  });
  assert.ok(lookups < 20 * 10_000, `${lookups} lookups`);
});
