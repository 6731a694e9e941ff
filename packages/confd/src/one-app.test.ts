import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { type Announced, chooseRecords } from './one-app.ts';

const domain = parseDomain('a.test');
type State = 'served' | 'stale' | 'stopped';

/** A record that is as old as its place in the list, as in `'static h1 served'`. */
function records(...texts: readonly `${string} ${string} ${State}`[]): Announced[] {
  return texts.map((text, index) => {
    const [app = '', host = '', state] = text.split(' ');
    const address = state === 'stopped' ? undefined : { ip: '172.30.0.2', port: 80 };
    const created = BigInt(index);
    return {
      key: { app, domain, host },
      record: { boot: 'feed', address },
      created,
      counts: state === 'served',
    };
  });
}

const cases: [string, Announced[], string[], string[]][] = [
  [
    'records of one app are shared',
    records('static h1 served', 'static h2 served'),
    ['static h1', 'static h2'],
    [],
  ],
  [
    'of two apps on two hosts the older record wins',
    records('wordpress h2 served', 'static h1 served'),
    ['wordpress h2'],
    ['static h1'],
  ],
  [
    'all hosts of the app that wins are used',
    records('static h1 served', 'wordpress h2 served', 'static h3 served'),
    ['static h1', 'static h3'],
    ['wordpress h2'],
  ],
  [
    'a host that is down or starts again keeps its domain',
    records('static h1 stale', 'wordpress h2 served'),
    ['static h1'],
    ['wordpress h2'],
  ],
  [
    'a stopped site leaves its domain to another',
    records('static h1 stopped', 'wordpress h2 served'),
    ['static h1', 'wordpress h2'],
    [],
  ],
  [
    'on one host the served app wins',
    records('static h1 stopped', 'wordpress h1 served'),
    ['wordpress h1'],
    [],
  ],
  [
    'on one host an address from an earlier boot loses',
    records('static h1 stale', 'dokuwiki h1 served'),
    ['dokuwiki h1'],
    [],
  ],
  [
    'of two served apps on one host the older record wins',
    records('wordpress h1 served', 'static h1 served'),
    ['wordpress h1'],
    ['static h1'],
  ],
];

for (const [title, all, chosen, rivals] of cases) {
  test(`One domain has one app: ${title}.`, () => {
    for (const order of [all, all.toReversed()]) {
      const result = chooseRecords(order);
      assert.deepEqual(
        result.chosen.map(({ key }) => `${key.app} ${key.host}`),
        chosen,
      );
      assert.deepEqual(
        result.faults.map(({ subject }) => subject),
        rivals.map((rival) => `/services/${rival.replace(' ', '/a.test/')}`),
      );
    }
  });
}

test('A rival record is reported with the key of the one that wins.', () => {
  const [fault] = chooseRecords(records('wordpress h2 served', 'static h1 served')).faults;
  assert.equal(fault?.subject, '/services/static/a.test/h1');
  assert.match(fault?.reason ?? '', /\/services\/wordpress\/a\.test\/h2 was created first/);
});
