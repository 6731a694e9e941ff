import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { planSite, type Surroundings } from './live-plan.ts';
import type { Backend, Site } from './site.ts';

const domain = parseDomain('a.test');
const www = parseDomain('www.a.test');
const here: Backend = { host: 'h1', address: { ip: '172.30.0.5', port: 80 } };
const there: Backend = { host: 'h2', address: { ip: '10.0.0.2', port: 8443 }, remote: true };
const certificate = (fingerprint: string, ...names: string[]) => ({
  path: '/certs/a.test.pem',
  fingerprint,
  names: names.map(parseDomain),
});

const site = (rest: Partial<Site> = {}): Site => ({ domain, backends: [here], ...rest });

function plan(past: Site | undefined, next: Site | undefined, rest: Partial<Surroundings> = {}) {
  const map = (one: Site | undefined) => new Map(one ? [[domain, one]] : []);
  const around = { before: map(past), after: map(next), hosts: new Set(['h2']) };
  return planSite(domain, { ...around, spare: undefined, free: 'spare-7', ...rest });
}

const commands = (past?: Site, next?: Site, rest?: Partial<Surroundings>) =>
  plan(past, next, rest)?.maps.map(({ map, kind, name, value = '' }) =>
    `${kind} ${map} ${name} ${value}`.trim(),
  );

test('a new site with a certificate takes a spare backend, and its names redirect', () => {
  const secured = site({ certificate: certificate('1', 'a.test') });
  assert.deepEqual(commands(undefined, secured), [
    'add hosts.map spare-7 a.test',
    'add hosts.map a.test spare-7',
    'add hosts.map www.a.test spare-7',
    'add https.map a.test https',
  ]);
  assert.deepEqual(
    plan(undefined, secured)?.servers.map(({ backend, server }) => `${backend}/${server}`),
    ['spare-7/site'],
  );
  assert.equal(
    plan(undefined, secured, { free: undefined }),
    undefined,
    'without a spare, it takes a reload',
  );
});

test('a renewed certificate is replaced wherever the site is served; one for other names needs a reload', () => {
  for (const spare of [undefined, 'spare-1']) {
    const [past, next] = ['1', '2'].map((print) => site({ certificate: certificate(print, 'a.test') }));
    const planned = plan(past, next, { spare });
    assert.deepEqual([planned?.certificate?.kind, planned?.maps, planned?.servers], ['replace', [], []]);
  }
  const other = site({ certificate: certificate('2', 'a.test', 'www.a.test') });
  assert.equal(plan(site({ certificate: certificate('1', 'a.test') }), other), undefined);
});

test('a site on another host uses the backend of that host, or none while it is stopped', () => {
  const [up, stopped] = [site({ backends: [there] }), site({ backends: [{ host: 'h2', remote: true }] })];
  assert.deepEqual(commands(undefined, up), [
    'add hops.map a.test elsewhere',
    'add hosts.map a.test hop:h2',
    'add hops.map www.a.test elsewhere',
    'add hosts.map www.a.test hop:h2',
  ]);
  assert.deepEqual(commands(up, stopped), [
    'set hosts.map a.test elsewhere',
    'set hosts.map www.a.test elsewhere',
  ]);
  assert.deepEqual(commands(stopped, up), ['set hosts.map a.test hop:h2', 'set hosts.map www.a.test hop:h2']);
  assert.equal(commands(up, undefined)?.length, 4);
  assert.equal(plan(undefined, up, { hosts: new Set() }), undefined, 'a host that is new takes a reload');
});

test('a removed site gives its spare backend back, and its server is put into maintenance', () => {
  const planned = plan(site(), undefined, { spare: 'spare-1' });
  assert.deepEqual(
    planned?.servers.map(({ backend, address }) => [backend, address]),
    [['spare-1', undefined]],
  );
  assert.ok(planned?.maps.some(({ kind, name }) => kind === 'del' && name === 'spare-1'));
});

test('a site that is added on a second host, or shares names with another, needs a reload', () => {
  assert.equal(plan(site(), site({ backends: [here, there] })), undefined);
  assert.equal(plan(site({ backends: [here, there] }), undefined), undefined);
  const other: Site = { domain: www, backends: [here] };
  const after = new Map([
    [domain, site()],
    [www, other],
  ]);
  assert.equal(
    planSite(domain, { before: new Map(), after, hosts: new Set(), spare: undefined, free: 'spare-1' }),
    undefined,
  );
  assert.equal(
    planSite(www, {
      before: new Map([[domain, site()]]),
      after,
      hosts: new Set(),
      spare: undefined,
      free: 'spare-1',
    }),
    undefined,
  );
});
