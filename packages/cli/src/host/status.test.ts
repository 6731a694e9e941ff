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
  certificateEnds: '2030-02-01',
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

test('a host where all is well is one screen without a fault', () => {
  const rows = [statusOf(well)];
  assert.equal(statusFault(rows), undefined);
  assert.deepEqual(printStatus(rows), [
    'Host          h1.test, version abc-1',
    'Programs      haproxy, etcd: all run',
    'Sites         1, 1 served, 0 unhealthy',
    'Certificates  1, 0 expire within 21 days',
    'Dumps         no databases',
    'Disk          12.3 GB of 100.0 GB free in /data',
  ]);
});

test('postfix is missed only where mail was set up', () => {
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

test('what is not well is listed with its reason, and makes the exit code 1', () => {
  const rows = [
    statusOf({
      ...well,
      containers: [],
      sites: [
        { ...site, unit: 'failed', certificateEnds: '2030-01-10' },
        { ...site, domain: 'b.test', certificateEnds: '2029-12-01' },
        { ...site, domain: 'c.test', unit: 'inactive', enabled: false, certificateEnds: null },
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
    lines.includes('Programs      haproxy does not run (unit active, container missing)'),
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
