// Stops a site at many moments: afterwards nothing of it runs, is announced, or is tried again.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@freehold/testing/wait-for';
import { etcdctl, exec, hostName, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { domainsOf, startSites, unitOf, untilServed } from './sites.ts';

const [site = ''] = domainsOf('stop', 1);
const units = [`*@${site}.service`];

/** The running or scheduled units of the site, and its address in etcd. */
async function leftOf(domain: string): Promise<string> {
  const states = await shell(
    'systemctl list-units --plain --no-legend --state active,activating,deactivating "*@$1.service" "retry@*@$1.timer"',
    domain,
  );
  const containers = await shell(
    'docker ps --all --format "{{.Names}}" | grep --fixed-strings "$1" || true',
    domain,
  );
  const record = await etcdctl(['get', '--print-value-only', `/services/static/${domain}/${hostName}`]);
  return [states, containers, /"ip"/.test(record) && record].filter(Boolean).join('\n');
}

const untilGone = () =>
  waitFor('nothing of it to be left', async () => {
    const left = await leftOf(site);
    if (left !== '') throw new Error(left);
    return true;
  });

/** When the stops come, in milliseconds after the start of the site and after its container was killed. */
export interface Moments {
  readonly whileStarting: readonly number[];
  readonly afterItsEnd: readonly number[];
}

/** Tests of a stop at each of these moments. */
export function testStops({ whileStarting, afterItsEnd }: Moments): void {
  before(() => startSites([site]));
  after(() => exec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']));

  hostTest('a stop while the site is starting', units, async () => {
    for (const wait of whileStarting) {
      await exec(['systemctl', 'stop', unitOf(site)]);
      await exec(['systemctl', 'start', '--no-block', unitOf(site)]);
      await delay(wait);
      await exec(['systemctl', 'stop', unitOf(site)]);
      await untilGone();
      const isFailed = await tryExec(['systemctl', 'is-failed', '--quiet', `import@${site}`]);
      assert.notEqual(isFailed.code, 0, `import@ has not failed when the stop came after ${wait} ms`);
    }
  });

  hostTest('a stop while the site is being retried after its container was killed', units, async () => {
    for (const wait of afterItsEnd) {
      await exec(['systemctl', 'start', unitOf(site)]);
      await exec(['docker', 'kill', `static_${site}`]);
      await delay(wait);
      await tryExec(['systemctl', 'stop', unitOf(site)]);
      await untilGone();
      // Longer than the first delays of retry@.
      await delay(6000);
      assert.equal(await leftOf(site), '');
    }
  });

  hostTest('afterwards it starts like any other site', units, async () => {
    await exec(['systemctl', 'start', unitOf(site)]);
    await untilServed([site]);
  });
}
