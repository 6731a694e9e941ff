// Sites send through the host's own Postfix and cannot reach other mail servers.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { reachable, startElsewhere, stopElsewhere } from './elsewhere.ts';
import { exec, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { domainsOf, removeSites, startSites } from './sites.ts';

const [site = ''] = domainsOf('barred', 1);
const units = ['mail-barrier', 'docker'];
const ports = [25, 465, 587];
/** In the range for measurements (RFC 2544), which no host uses. */
const elsewhere = '198.18.251.2';

before(async () => {
  await startElsewhere(elsewhere, '198.18.251.1', ports);
  await startSites([site]);
});
after(async () => {
  await removeSites([site]);
  await stopElsewhere();
});

async function assertBarred(): Promise<void> {
  assert.deepEqual(await reachable(elsewhere, ports, site), [465, 587]);
  assert.deepEqual(await reachable('172.30.0.1', [25, 587], site), [587], "the host's own Postfix");
}

hostTest(
  'a site reaches no port 25, here or elsewhere, only submission ports that require a login; the host reaches all',
  units,
  async () => {
    await assertBarred();
    assert.deepEqual(await reachable(elsewhere, ports), ports);
  },
);

hostTest(
  'the rules exist once, however often they are installed, and are removed by a stop',
  units,
  async () => {
    const rules = () => shell('iptables --wait -S DOCKER-USER | grep -c -- "--dport 25" || true');
    await exec(['systemctl', 'restart', 'mail-barrier']);
    assert.equal(await rules(), '1');
    await assertBarred();
    await exec(['systemctl', 'stop', 'mail-barrier']);
    assert.equal(await rules(), '0');
    await exec(['systemctl', 'start', 'mail-barrier']);
    await assertBarred();
  },
);

hostTest('the egress rules apply even if Docker does not use the chain DOCKER-USER', units, async () => {
  const jump = 'FORWARD --jump DOCKER-USER';
  await shell(`
    iptables --wait --delete ${jump}
    iptables --wait --delete FORWARD --in-interface freehold0 --protocol tcp --dport 25 --jump REJECT`);
  try {
    await assertBarred();
  } finally {
    await shell(`iptables --wait --insert ${jump}; systemctl restart mail-barrier`);
  }
});

hostTest("rules that were removed return with Docker's own", units, async () => {
  await shell('iptables --wait -F DOCKER-USER; iptables --wait -F INPUT');
  await exec(['systemctl', 'restart', 'docker']);
  await waitFor('the site to run again', () => assertBarred().then(() => true));
});
