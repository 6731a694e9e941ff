import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { namespaceOf, reaches } from './elsewhere.ts';
import { exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { addressOf, domainsOf, removeSites, startSites, unitOf } from './sites.ts';

const [site = '', neighbour = ''] = domainsOf('isolated', 2);
const units = [unitOf(site), 'docker', 'etcd'];

before(() => startSites([site, neighbour]));
after(() => removeSites([site, neighbour]));

/** What a program in a site's container reaches of these ports of these addresses, as in `::1 port 80`. */
async function reached(
  site: string,
  addresses: readonly string[],
  ports: readonly number[],
): Promise<string[]> {
  const namespace = await namespaceOf(site);
  const targets = addresses.flatMap((address) => ports.map((port) => ({ address, port })));
  const isOpen = await Promise.all(targets.map(({ address, port }) => reaches(namespace, address, port)));
  return targets.filter((_, index) => isOpen[index]).map(({ address, port }) => `${address} port ${port}`);
}

/**
 * All addresses of the host itself except loopback, including the sites' bridge; link-local ones with the
 * site's interface.
 */
async function hostAddresses(): Promise<string[]> {
  const lines = await shell(
    `ip -oneline address show | awk '$2 != "lo" {
      split($4, part, "/"); print part[1] (part[1] ~ /^fe80:/ ? "%eth0" : "") }'`,
  );
  return lines.split('\n');
}

hostTest('the public services can be reached from a site too: the probe works', units, async () => {
  assert.equal((await reached(site, [await addressOf(site)], [80])).length, 1, 'itself');
  assert.equal((await reached(site, ['172.30.0.1'], [80])).length, 1, 'the edge');
  assert.equal(
    await shell('curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:2379/health'),
    '200',
    'etcd is running',
  );
});

hostTest('etcd cannot be reached from inside a site, at any address of the host', units, async () => {
  const addresses = await hostAddresses();
  assert.ok(addresses.includes('172.30.0.1'));
  assert.deepEqual(await reached(site, ['127.0.0.1', '::1', ...addresses], [2379, 2380]), []);
});

hostTest("a port on the host's loopback cannot be reached from inside a site", units, async () => {
  await exec([
    'systemd-run',
    '--quiet',
    '--unit=loopback',
    'socat',
    'TCP-LISTEN:7777,bind=127.0.0.1,fork',
    'PIPE',
  ]);
  try {
    await waitFor('it to listen', () => shell('exec 3<>/dev/tcp/127.0.0.1/7777').then(() => true));
    const addresses = ['127.0.0.1', '::1', ...(await hostAddresses())];
    assert.deepEqual(await reached(site, addresses, [7777]), []);
  } finally {
    await exec(['systemctl', 'stop', 'loopback']);
  }
});

hostTest('the container of another site cannot be reached, by address or by name', units, async () => {
  assert.deepEqual(await reached(site, [await addressOf(neighbour)], [80]), []);
  assert.deepEqual(await reached(neighbour, [await addressOf(site)], [80]), []);
});

hostTest(
  'a site has no capability, no writable path, no way to gain privileges, and no Docker socket',
  units,
  async () => {
    const inspect = JSON.parse(await exec(['docker', 'inspect', `static_${site}`]))[0];
    const { HostConfig, Config, Mounts } = inspect;
    assert.deepEqual(HostConfig.CapDrop, ['ALL']);
    assert.equal(HostConfig.ReadonlyRootfs, true);
    assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges']);
    assert.match(Config.User, /^[1-9]\d*:/);
    assert.deepEqual(
      Mounts.map((mount: { Source: string; RW: boolean }) => [mount.Source, mount.RW]),
      [[`/data/domains/${site}/static/www-content`, false]],
    );
  },
);

hostTest('check-isolation.sh reports each firewall rule that has no effect', units, async () => {
  const check = () => tryExec([`${repository}/scripts/check-isolation.sh`]);
  const separation = 'FORWARD --in-interface freehold0 --out-interface freehold0 --jump DROP';
  await shell(`
    systemctl stop mail-barrier metadata-barrier
    iptables --wait --delete ${separation}`);
  try {
    const { code, stderr } = await check();
    assert.equal(code, 1);
    assert.match(stderr, /can reach mail servers elsewhere .*: mail-barrier\.service has no effect/);
    assert.match(stderr, /can reach port 25 of this host .*: mail-barrier\.service has no effect/);
    assert.match(stderr, /can reach the machine's metadata .*: metadata-barrier\.service has no effect/);
    assert.match(stderr, /can reach other sites .*: the option enable_icc=false/);
    assert.doesNotMatch(stderr, /etcd|Cannot test/);
  } finally {
    await shell(`
      systemctl start mail-barrier metadata-barrier
      iptables --wait --append ${separation}`);
  }
  const { code, stdout, stderr } = await check();
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /every rule that was tested is effective/);
  const left = await shell('ps -C socat -o args= | grep "TCP-LISTEN.*/dev/null" || true');
  assert.equal(left, '', 'no server of the check is left');
});
