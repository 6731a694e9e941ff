import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { readConfdSettings } from './settings.ts';
import { createSiteTable } from './site-table.ts';

const networkOf = (text: string) =>
  readConfdSettings({ FREEHOLD_SITES_NETWORK: text }).FREEHOLD_SITES_NETWORK;
const boot = '0123456789abcdef';

/** The address at which a site is served whose record for `host` contains `ip`, and the fault. */
function look(host: string, ip: string) {
  const table = createSiteTable({ host: 'h1', boot, sitesNetwork: networkOf('172.30.0.0/16') });
  table.updateAll({
    services: new Map([[`/services/static/a.test/${host}`, JSON.stringify({ ip, port: 80, boot })]]),
    hosts: new Map([['/hosts/h2', JSON.stringify({ ip: '10.0.0.2', boot })]]),
    created: new Map(),
    certificates: new Map(),
    hopKeys: true,
  });
  return { served: table.sites.get(parseDomain('a.test'))?.backends[0]?.address?.ip, faults: table.faults() };
}

test("an address of this host outside of its sites' network is skipped and reported", () => {
  for (const ip of ['172.30.0.2', '172.30.255.254']) assert.equal(look('h1', ip).served, ip);
  for (const ip of ['172.30.0.1', '127.0.0.1', '169.254.169.254', '172.31.0.2', '::1', '::ffff:172.30.0.2']) {
    const { served, faults } = look('h1', ip);
    assert.equal(served, undefined, ip);
    assert.deepEqual(faults, [
      {
        subject: '/services/static/a.test/h1',
        reason: `${ip} is not an address of this host's sites (FREEHOLD_SITES_NETWORK)`,
      },
    ]);
  }
  assert.equal(look('h2', '172.31.0.2').served, '172.31.0.2', 'another host knows its own');
});

test('an invalid network is refused', () => {
  for (const text of ['172.30.0.0', '172.30.0.0/33', '172.30.0/16', '300.0.0.0/8', 'fd00::/8', 'x'])
    assert.throws(() => networkOf(text), /FREEHOLD_SITES_NETWORK is/);
});
