import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@freehold/testing/wait-for';
import { untilStatus } from './fetch.ts';
import { etcdctl, exec, hostName, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { startSampler, strayAnswers } from './sampler.ts';
import { addressOf, domainsOf, removeSites, startSites, unitOf, untilServed } from './sites.ts';

const [restarted = '', killed = '', stopped = '', spoilt = '', ...quiet] = domainsOf('away', 6);
const all = [restarted, killed, stopped, spoilt, ...quiet];
const units = ['etcd', 'haproxy-confd', 'haproxy', `discovery@${restarted}`, `discovery@${killed}`];
const outageMs = 120_000;

before(() => startSites(all));
after(() => removeSites(all));

const key = (domain: string) => `/services/static/${domain}/${hostName}`;
const isRunning = async (domain: string) =>
  (await tryExec(['systemctl', 'is-active', '--quiet', unitOf(domain)])).code === 0;

/** Takes an address from a site, so that it has to get another one when it comes back. */
const occupy = (address: string) =>
  exec([
    'sh',
    '-c',
    'docker run --detach --rm --name filler --network freehold --ip "$0" --env DOMAIN=f.test --read-only --tmpfs /tmp --sysctl net.ipv4.ip_unprivileged_port_start=0 freehold/static',
    address,
  ]);

/** What happens while etcd is away: nothing of it may touch the sites that are let be. */
async function disturb(): Promise<void> {
  await exec(['docker', 'kill', '--signal', 'KILL', 'haproxy-confd']);
  const old = await addressOf(killed);
  await exec(['docker', 'kill', '--signal', 'KILL', `static_${killed}`]);
  await waitFor('its address to be taken', () => occupy(old).then(() => true), { everyMs: 20 });
  await waitFor('the killed site to run', () => isRunning(killed));
  // A stop waits for its withdrawal, which tries for 15 s to reach etcd.
  await Promise.all([
    exec(['systemctl', 'restart', unitOf(restarted)]),
    exec(['systemctl', 'stop', unitOf(stopped)]),
  ]);
}

hostTest(
  'etcd away for two minutes: sites are served, and what changed meanwhile is picked up after',
  units,
  async () => {
    const began = Date.now();
    await exec(['systemctl', 'stop', 'etcd']);
    await using sampler = startSampler(quiet, 100);
    await using others = startSampler([restarted, killed, stopped, spoilt], 100);
    await disturb();
    await delay(Math.max(0, began + outageMs - Date.now()));
    await exec(['systemctl', 'start', 'etcd']);
    await etcdctl(['del', key(spoilt)]);
    await untilServed([restarted, killed, ...quiet]);
    await untilStatus(spoilt, 404);
    await untilStatus(stopped, 503);
    assert.deepEqual(strayAnswers(await sampler.stop(), ['own page']), []);
    const tallies = new Map(await others.stop());
    tallies.delete(spoilt);
    assert.deepEqual(strayAnswers(tallies, ['own page', '503']), []);
    for (const domain of [restarted, killed]) {
      await waitFor(`the record of ${domain}`, async () => {
        const { ip } = JSON.parse(await etcdctl(['get', '--print-value-only', key(domain)]));
        assert.equal(ip, await addressOf(domain));
        return true;
      });
    }
    assert.equal((await tryExec(['docker', 'rm', '--force', 'filler'])).code, 0);
  },
);
