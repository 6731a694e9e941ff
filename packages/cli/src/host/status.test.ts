import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Site } from './sites.ts';
import { printStatus, type StatusInput, statusFault, statusOf } from './status.ts';

const unit = (state: string) =>
  new Map([
    ['LoadState', 'loaded'],
    ['ActiveState', state],
  ]);
const site: Site = {
  domain: 'a.test',
  app: 'static',
  unit: 'active',
  enabled: true,
  backend: '172.30.0.2:80',
  isAnnounced: true,
  check: 'UP:L7OK/200',
  subState: 'running',
  certificateExpires: '2030-02-01T00:00:00.000Z',
};
const well: StatusInput = {
  host: 'h1.test',
  version: 'abc-1',
  sites: [site],
  units: new Map([
    ['haproxy.service', unit('active')],
    ['etcd.service', unit('active')],
  ]),
  containers: [{ name: 'haproxy', state: 'running' }],
  disk: { freeBytes: 12_340_000_000, totalBytes: 100_000_000_000 },
  dumps: new Map(),
  now: new Date('2030-01-01T00:00:00Z'),
};

test('the status of a healthy host has no problems', () => {
  const rows = [statusOf(well)];
  assert.equal(statusFault(rows), undefined);
  assert.deepEqual(printStatus(rows), [
    'Host          h1.test, version abc-1',
    'Programs      haproxy, etcd: all running',
    'Sites         1, 1 served, 0 unhealthy',
    'Certificates  1, 0 expire within 21 days',
    'Dumps         no databases',
    'Disk          12.3 GB of 100.0 GB free in /data',
  ]);
});

test('a missing postfix is a problem only if mail was set up', () => {
  const namesOf = (state: string) => {
    const postfix = new Map([...unit('inactive'), ['UnitFileState', state]]);
    const units = new Map([
      ...well.units,
      ['postfix.service', postfix],
      ['postfix-config.service', unit('inactive')],
    ]);
    return (statusOf({ ...well, units }).programs as { name: string }[]).map(({ name }) => name);
  };
  assert.deepEqual(namesOf('disabled'), ['haproxy', 'etcd']);
  assert.deepEqual(namesOf('enabled'), ['haproxy', 'etcd', 'postfix', 'postfix-config']);
});

test('problems are listed with their reasons, and the exit code is 1', () => {
  const rows = [
    statusOf({
      ...well,
      containers: [],
      sites: [
        { ...site, unit: 'failed', certificateExpires: '2030-01-10T00:00:00.000Z' },
        { ...site, domain: 'b.test', certificateExpires: '2029-12-01T00:00:00.000Z' },
        { ...site, domain: 'c.test', unit: 'inactive', enabled: false, certificateExpires: null },
      ],
      dumps: new Map([
        ['w.test', undefined],
        ['x.test', new Date('2029-12-31T01:00:00Z')],
      ]),
    }),
  ];
  assert.equal(statusFault(rows), 'h1.test has problems: haproxy down, 1 unhealthy sites.');
  const lines = printStatus(rows);
  assert.ok(
    lines.includes('Programs      haproxy is not running (unit active, container missing)'),
    lines.join('\n'),
  );
  assert.ok(lines.includes('Sites         3, 1 served, 1 unhealthy'));
  assert.ok(lines.includes('Dumps         2 databases, 1 never dumped'));
  assert.deepEqual(lines.slice(6), [
    '',
    'Unhealthy sites:',
    '  static@a.test  its unit has failed',
    '',
    'Certificates:',
    '  a.test  expires in 9 days',
    '  b.test  has expired',
  ]);
});

test('a certificate that expires later today has not expired yet', () => {
  const now = new Date('2030-01-01T12:00:00Z');
  const linesOf = (certificateExpires: string) =>
    printStatus([statusOf({ ...well, now, sites: [{ ...site, certificateExpires }] })]);
  assert.equal(linesOf('2030-01-01T20:00:00.000Z').at(-1), '  a.test  expires within a day');
  assert.equal(linesOf('2030-01-01T11:59:00.000Z').at(-1), '  a.test  has expired');
});

/** A host whose HAProxy and site are in these states. */
function inState(state: string, subState: string): StatusInput {
  const haproxy = new Map([...unit(state), ['SubState', subState]]);
  const units = new Map([...well.units, ['haproxy.service', haproxy]]);
  return { ...well, containers: [], units, sites: [{ ...site, unit: state, subState, check: null }] };
}

test('a unit that is starting or stopping is listed, and no fault', () => {
  for (const state of ['activating', 'deactivating']) {
    const rows = [statusOf(inState(state, 'start'))];
    assert.equal(statusFault(rows), undefined);
    assert.deepEqual(rows[0]?.unhealthy, []);
    const lines = printStatus(rows);
    assert.ok(lines.includes('Programs      etcd: running; the others are below'), lines.join('\n'));
    assert.deepEqual(lines.slice(-4), [
      '',
      'Starting or stopping:',
      `  haproxy        ${state}`,
      `  static@a.test  ${state}`,
    ]);
  }
});

test('a unit that failed and waits for its next start is a fault, though systemd calls it activating', () => {
  const rows = [statusOf(inState('activating', 'auto-restart'))];
  assert.equal(statusFault(rows), 'h1.test has problems: haproxy down, 1 unhealthy sites.');
  assert.deepEqual(rows[0]?.changing, []);
});
