// An update by what has changed must come to the same as a look at everything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { createSiteTable, type Sources } from './site-table.ts';

const here = { host: 'h1', boot: 'feed', hopPort: 8443 };
const record = (ip: string, boot = 'feed') => JSON.stringify({ ip, port: 80, boot });

function sources() {
  return {
    services: new Map<string, string>(),
    created: new Map<string, bigint>(),
    hosts: new Map([['/hosts/h2', JSON.stringify({ ip: '10.0.0.2', boot: 'beef' })]]),
    certificates: new Map(),
    hopKeys: true,
  } satisfies Sources;
}

test('After any changes in any order, an update by keys equals a rebuilt table.', () => {
  const from = sources();
  const table = createSiteTable(here);
  table.updateAll(from);
  const names = ['a.test', 'b.test', 'c.test', 'Bad_Name'];
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let step = 0; step < 2000; step++) {
    const key = `/services/${['static', 'wordpress'][random(2)]}/${names[random(4)]}/${['h1', 'h2'][random(2)]}`;
    const host = key.slice(-2);
    const values = [
      undefined,
      '{broken',
      record(`172.30.0.${1 + random(3)}`, host === 'h1' ? 'feed' : 'beef'),
      JSON.stringify({ boot: 'feed' }),
    ];
    const value = values[random(4)];
    if (value === undefined) from.services.delete(key);
    else {
      if (!from.services.has(key)) from.created.set(key, BigInt(step));
      from.services.set(key, value);
    }
    if (step % 50 === 0)
      from.hosts.set('/hosts/h2', JSON.stringify({ ip: `10.0.0.${2 + random(2)}`, boot: 'beef' }));
    const before = new Map(table.sites);
    const changed = table.update(from, { keys: [key], certificates: [] });
    const fresh = createSiteTable(here);
    fresh.updateAll(from);
    const plain = (sites: typeof table.sites) => Object.fromEntries([...sites].sort());
    assert.deepEqual(plain(table.sites), plain(fresh.sites), key);
    assert.deepEqual(table.others(), fresh.others());
    const bySubject = (faults: ReturnType<typeof table.faults>) =>
      faults.map(({ subject }) => subject).sort();
    assert.deepEqual(bySubject(table.faults()), bySubject(fresh.faults()));
    for (const domain of new Set([...before.keys(), ...table.sites.keys()])) {
      assert.equal(before.get(domain) !== table.sites.get(domain), changed.has(domain), domain);
    }
  }
});

test('A full comparison finds changes that no event has reported.', () => {
  const from = sources();
  const table = createSiteTable(here);
  table.updateAll(from);
  from.services.set('/services/static/a.test/h1', record('172.30.0.5'));
  assert.equal(table.update(from, { keys: [], certificates: [] }).size, 0);
  assert.deepEqual(table.updateAll(from), new Set([parseDomain('a.test')]));
  assert.equal(table.updateAll(from).size, 0);
});
