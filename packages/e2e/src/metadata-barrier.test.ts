// Only the host may read the machine's metadata at its provider: user data contain secrets.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { reachable, startElsewhere, stopElsewhere } from './elsewhere.ts';
import { exec, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { domainsOf, removeSites, startSites } from './sites.ts';

const [site = ''] = domainsOf('unknowing', 1);
const units = ['metadata-barrier', 'docker'];
const metadata = '169.254.169.254';
/** On the host itself, as if one of its own programs answered for the provider. */
const near = '169.254.169.253';
const ports = [53, 80, 1338];

before(async () => {
  await startElsewhere(metadata, near, ports);
  await shell(`systemd-run --quiet --unit elsewhere-near socat TCP-LISTEN:1338,bind=${near},fork PIPE`);
  await waitFor('it to listen', async () => (await reachable(near, [1338])).length === 1);
  await startSites([site]);
});
after(async () => {
  await removeSites([site]);
  await stopElsewhere();
});

hostTest(
  "a site reaches no metadata, neither the provider's nor on the host, only name servers; the host reaches everything",
  units,
  async () => {
    assert.deepEqual(await reachable(metadata, ports, site), [53]);
    assert.deepEqual(await reachable(near, [1338], site), []);
    assert.deepEqual(await reachable(metadata, ports), ports);
    assert.deepEqual(await reachable(near, [1338]), [1338]);
  },
);

hostTest(
  'only the firewall rules cause that, and they apply again once the unit is started',
  units,
  async () => {
    const rules = () =>
      shell('iptables --wait --table mangle -S PREROUTING | grep -c 169.254.0.0/16 || true');
    assert.equal(await exec(['systemctl', 'is-enabled', 'metadata-barrier']), 'enabled');
    await exec(['systemctl', 'restart', 'metadata-barrier']);
    assert.equal(await rules(), '2');
    await exec(['systemctl', 'stop', 'metadata-barrier']);
    try {
      assert.equal(await rules(), '0');
      assert.deepEqual(await reachable(metadata, ports, site), ports);
      assert.deepEqual(await reachable(near, [1338], site), [1338]);
    } finally {
      await exec(['systemctl', 'start', 'metadata-barrier']);
    }
    assert.deepEqual(await reachable(metadata, ports, site), [53]);
  },
);
