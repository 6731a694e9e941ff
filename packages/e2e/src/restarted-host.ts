// Hosts that end, and serve their sites again after the next start.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { run } from './run.ts';
import { startSampler, strayAnswers } from './sampler.ts';
import { addressOf, domainsOf, inBatches, removeSites, startSites, unitOf, untilServed } from './sites.ts';

const sites = domainsOf('boot', 6);
/** Known, but not started with the host. */
const stopped = 'boot-stopped.test';
const units = ['docker', 'etcd', 'haproxy', 'haproxy-confd', ...sites.map((site) => `discovery@${site}`)];
const bootId = () => exec(['cat', '/proc/sys/kernel/random/boot_id']);

async function addresses(): Promise<Map<string, string>> {
  return new Map(await Promise.all(sites.map(async (site) => [site, await addressOf(site)] as const)));
}

/**
 * Moves the sites to higher addresses, past containers that do not return after a restart: then the sites get
 * the lower ones, and many addresses change hands.
 */
async function moveUp(): Promise<void> {
  const fillers =
    'for i in 1 2 3; do docker run --detach --rm --label filler --network freehold --env DOMAIN=f.test --read-only --tmpfs /tmp --sysctl net.ipv4.ip_unprivileged_port_start=0 freehold/static; done';
  await exec(['systemctl', 'stop', ...sites.map(unitOf)]);
  await shell(fillers);
  await inBatches(sites, (some) => exec(['systemctl', 'start', ...some.map(unitOf)]));
  await untilServed(sites);
}

/** The sites whose address belonged to another site before. */
function changedHands(before: Map<string, string>, now: Map<string, string>): string[] {
  return sites.filter((site) => sites.some((other) => other !== site && before.get(other) === now.get(site)));
}

async function docker(...args: string[]): Promise<void> {
  const { code, stderr } = await run('docker', args);
  assert.equal(code, 0, stderr);
}

/** How a host ends, by the words of the title. */
const ends = {
  'shut down': () => docker('stop', '--time', '60', hostName),
  'cut from power': () => docker('kill', '--signal', 'KILL', hostName),
};

/** A test that a host that has ended so serves all its sites again, and none under another's name. */
export function testRestart(what: keyof typeof ends): void {
  before(async () => {
    await startSites([...sites, stopped]);
    await exec(['systemctl', 'disable', '--now', unitOf(stopped)]);
  });
  after(() => removeSites([...sites, stopped]));

  hostTest(
    `a host that was ${what} serves all its sites again, and never one site under another's name`,
    units,
    async (context) => {
      await moveUp();
      const [boot, before] = [await bootId(), await addresses()];
      await using sampler = startSampler([...sites, stopped], 100);
      await ends[what]();
      const since = Date.now();
      await docker('start', hostName);
      await waitFor('the host to run programs', async () => (await bootId()) !== boot);
      await untilServed(sites);
      for (const chain of ['DOCKER-USER', 'INPUT'])
        await shell('iptables --wait -S "$1" | grep -- "-i freehold0 .*--dport 25 -j REJECT"', chain);
      context.diagnostic(`All ${sites.length} sites were served ${Date.now() - since} ms after the start`);
      const tallies = await sampler.stop();
      const now = await addresses();
      assert.deepEqual(strayAnswers(tallies, ['own page', '503', 'no answer']), []);
      assert.equal(tallies.get(stopped)?.has('own page'), false);
      assert.ok(changedHands(before, now).length > 0, `${[...before]} became ${[...now]}`);
    },
  );
}
