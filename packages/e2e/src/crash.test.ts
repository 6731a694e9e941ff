import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { untilStatus } from './fetch.ts';
import { etcdctl, exec, hostName, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { startSampler, strayAnswers } from './sampler.ts';
import { addressOf, domainsOf, removeSites, startSites, unitOf, untilServed } from './sites.ts';

const [site = '', neighbour = ''] = domainsOf('crash', 2);
const units = [unitOf(site), `discovery@${site}`, 'haproxy-confd', 'haproxy'];

before(() => startSites([site, neighbour]));
after(async () => {
  await tryExec(['docker', 'rm', '--force', 'squatter']);
  await removeSites([site, neighbour]);
});

/** Prepares a container of another site that takes this address as soon as it is free. */
async function prepareSquatter(address: string): Promise<void> {
  const hardening = '--read-only --tmpfs /tmp --sysctl net.ipv4.ip_unprivileged_port_start=0';
  const script = `docker create --name squatter --network freehold --ip "$1" --env DOMAIN=squatter.test ${hardening} freehold/static`;
  await shell(script, address);
}

hostTest(
  'a site whose container is killed comes back at another address and is announced there',
  units,
  async () => {
    const old = await addressOf(site);
    await prepareSquatter(old);
    await using sampler = startSampler([site, neighbour], 10);
    await exec(['docker', 'kill', '--signal', 'KILL', `static_${site}`]);
    await waitFor(
      'the old address to be taken',
      async () => (await tryExec(['docker', 'start', 'squatter'])).code === 0,
      { everyMs: 20 },
    );
    await waitFor('a new address', async () => ![old, ''].includes(await addressOf(site)));
    await untilServed([site]);
    const tallies = await sampler.stop();
    const record = JSON.parse(
      await etcdctl(['get', '--print-value-only', `/services/static/${site}/${hostName}`]),
    );
    assert.equal(record.ip, await addressOf(site));
    assert.notEqual(record.ip, old);
    assert.deepEqual(strayAnswers(new Map([...tallies].slice(0, 1)), ['own page', '503']), []);
    assert.deepEqual(strayAnswers(new Map([...tallies].slice(1)), ['own page']), []);
  },
);

/** When a unit's container was made: another one has come if it differs. */
const idOf = (unit: string) => shell('docker inspect --format "{{.Id}}" "$1" 2>/dev/null || true', unit);

for (const unit of ['haproxy-confd', 'haproxy']) {
  hostTest(`${unit}, killed, restarts automatically, and a later change is served`, units, async () => {
    const [before, edge] = [await idOf(unit), await idOf('haproxy')];
    await using sampler = startSampler([neighbour], 10);
    await exec(['docker', 'kill', '--signal', 'KILL', unit]);
    await waitFor('a new container', async () => ![before, ''].includes(await idOf(unit)));
    await untilServed([site, neighbour]);
    await exec(['systemctl', 'stop', unitOf(site)]);
    await untilStatus(site, 503);
    await exec(['systemctl', 'start', unitOf(site)]);
    await untilServed([site]);
    const tallies = await sampler.stop();
    if (unit === 'haproxy') return;
    assert.deepEqual(strayAnswers(tallies, ['own page']), []);
    assert.equal(await idOf('haproxy'), edge, 'HAProxy is left alone');
  });
}
