import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, joinSites, type Site, type Snapshot } from './sites.ts';

const active = new Map([
  ['LoadState', 'loaded'],
  ['ActiveState', 'active'],
  ['SubState', 'running'],
]);
const nothing: Snapshot = {
  host: 'h1',
  boot: 'aa',
  apps: ['static', 'wordpress'],
  units: new Map(),
  enabled: [],
  services: [],
  checks: new Map(),
  expiry: new Map(),
};
const key = (app: string, domain: string, host = 'h1') => `/services/${app}/${domain}/${host}`;
const value = (boot = 'aa') => `{"ip":"172.30.0.2","port":80,"boot":"${boot}"}`;

test('the row of a served site has all its values', () => {
  const sites = joinSites({
    ...nothing,
    units: new Map([['static@a.test.service', active]]),
    enabled: ['static@a.test.service'],
    services: [{ key: key('static', 'a.test'), value: value() }],
    checks: new Map([['a.test', 'UP:L7OK/200']]),
    expiry: new Map([['a.test', new Date('2030-01-02T03:04:05Z')]]),
  });
  assert.deepEqual(sites, [
    {
      domain: 'a.test',
      app: 'static',
      unit: 'active',
      enabled: true,
      backend: '172.30.0.2:80',
      isAnnounced: true,
      check: 'UP:L7OK/200',
      subState: 'running',
      certificateExpires: '2030-01-02T03:04:05.000Z',
    },
  ]);
});

test('a stopped site is known by its record, a failed and an enabled one by their units', () => {
  const failed = new Map([
    ['LoadState', 'loaded'],
    ['ActiveState', 'failed'],
  ]);
  const gone = new Map([
    ['LoadState', 'not-found'],
    ['ActiveState', 'failed'],
  ]);
  const sites = joinSites({
    ...nothing,
    units: new Map([
      ['static@failed.test.service', failed],
      ['static@gone.test.service', gone],
      ['haproxy.service', active],
      ['mysql@x.test.service', active],
    ]),
    enabled: ['wordpress@enabled.test.service'],
    services: [{ key: key('static', 'stopped.test'), value: '{"boot":"aa"}' }],
  });
  assert.deepEqual(
    sites.map(({ domain, app, unit, backend }) => [domain, app, unit, backend]),
    [
      ['enabled.test', 'wordpress', 'inactive', null],
      ['failed.test', 'static', 'failed', null],
      ['stopped.test', 'static', 'inactive', null],
    ],
  );
});

test('while etcd does not answer, it is unknown whether a site is announced', () => {
  const units = new Map([['static@a.test.service', active]]);
  const [site] = joinSites({ ...nothing, units, services: undefined });
  assert.deepEqual([site?.backend, site?.isAnnounced], [null, null]);
});

test('an address of another boot or another host does not count, and an invalid record is skipped', () => {
  const sites = joinSites({
    ...nothing,
    services: [
      { key: key('static', 'old.test'), value: value('bb') },
      { key: key('static', 'other.test', 'h2'), value: value() },
      { key: key('static', 'bad.test'), value: 'nonsense' },
      { key: '/services/x', value: value() },
    ],
  });
  assert.deepEqual(
    sites.map(({ domain, backend }) => [domain, backend]),
    [['old.test', null]],
  );
});

const served: Site = {
  domain: 'a.test',
  app: 'static',
  unit: 'active',
  enabled: true,
  backend: '172.30.0.2:80',
  isAnnounced: true,
  check: 'UP:L7OK/200',
  subState: 'running',
  certificateExpires: null,
};

for (const [change, fault] of [
  [{}, undefined],
  [{ unit: 'failed' }, 'its unit has failed'],
  [{ unit: 'activating', subState: 'start' }, 'its unit is starting'],
  [{ unit: 'activating', subState: 'auto-restart' }, 'its unit has failed and waits for its next retry'],
  [{ unit: 'inactive' }, 'its unit is inactive'],
  [{ unit: 'inactive', enabled: false }, undefined],
  [{ backend: null, isAnnounced: false }, 'it is not announced in etcd'],
  [{ backend: null, isAnnounced: null }, undefined],
  [{ check: null }, 'HAProxy does not know it'],
  [{ check: 'DOWN:L4CON' }, "HAProxy's check says DOWN:L4CON"],
  [{ check: 'UP:1/2:L4CON' }, undefined],
] as const) {
  test(`a site with ${JSON.stringify(change)} ${fault ? 'is unhealthy' : 'is well'}`, () => {
    assert.equal(faultOf({ ...served, ...change }), fault);
  });
}
