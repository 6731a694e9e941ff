// The checks that setup.sh makes before it changes anything.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const scripts = join(import.meta.dirname, '../../../scripts');
const sources = ['lib.sh', 'host-lib.sh', 'setup/checks.sh', 'setup/sites-network.sh'].map(
  (name) => `source '${scripts}/${name}'`,
);

/** Runs a script that has the functions of setup.sh, as if on a machine without Docker. */
function bash(script: string, args: readonly string[] = [], input = '') {
  const env = { PATH: process.env.PATH, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const text = ['set -euo pipefail', ...sources, 'host_env=/nowhere/host.env', script].join('\n');
  const { status, stdout, stderr } = spawnSync('bash', ['-c', text, 'bash', ...args], {
    input,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** The output of a function, or null if it fails. */
function call(name: string, args: readonly string[], input = ''): string | null {
  const { status, stdout } = bash(`${name} "$@"`, args, input);
  return status === 0 ? stdout : null;
}

// In the format of `ip -4 route show table all`.
const routes = `default via 203.0.113.1 dev eth0
0.0.0.0/1 via 10.8.0.1 dev tun0
10.0.0.0/8 via 10.0.0.1 dev ens10 proto static
172.16.0.0/12 via 10.8.0.1 dev tun0 proto kernel
unreachable 172.30.9.0/24 proto static
local 172.30.7.1 dev wg0 table local proto kernel scope host src 172.30.7.1
172.29.0.0/16 dev br-1 proto kernel scope link src 172.29.0.1 linkdown
192.168.5.0/24 by IPsec
broadcast 203.0.113.255 dev eth0 table local
`;

test("A route that overlaps with the sites' network is found, whichever of the two is larger.", () => {
  assert.deepEqual(call('users_of', ['172.30.0.0/16'], routes)?.trim().split('\n'), [
    '172.16.0.0/12 via 10.8.0.1 dev tun0',
    'unreachable 172.30.9.0/24',
    'local 172.30.7.1 dev wg0 table local',
  ]);
  assert.equal(call('users_of', ['192.168.0.0/16'], routes), '192.168.5.0/24 by IPsec\n');
});

test('A default route never conflicts, even if a VPN has split it in two.', () => {
  assert.equal(call('users_of', ['192.168.208.0/20'], routes), '');
});

for (const network of ['172.30.0.0/16', '10.0.0.0/8', '192.168.208.0/20', '10.1.2.240/28']) {
  test(`The sites' network can be ${network}.`, () => assert.equal(call('is_network', [network]), ''));
}

for (const network of [
  '172.30.0.1/16',
  '10.0.0.0',
  '10.0.0.0/7',
  '10.1.2.0/29',
  '256.0.0.0/8',
  'fd00::/64',
  '1.2.3/8',
]) {
  test(`The sites' network cannot be ${network}.`, () => assert.equal(call('is_network', [network]), null));
}

test('A network whose addresses this machine already uses is refused before anything changes, and the refusal suggests a free one.', () => {
  const script =
    'routes() { echo "172.16.0.0/12 via 10.8.0.1 dev tun0"; echo "10.213.0.0/24 dev eth1"; }; check_sites_network';
  const { status, stderr } = bash(script);
  assert.equal(status, 2);
  assert.match(
    stderr,
    /would be 172\.30\.0\.0\/16, but this host has a route there.*172\.16\.0\.0\/12 via 10\.8\.0\.1/,
  );
  assert.match(stderr, /FREEHOLD_SITES_NETWORK=192\.168\.208\.0\/20/);
  assert.match(stderr, /Nothing was changed/);
  assert.equal(bash(`export FREEHOLD_SITES_NETWORK=192.168.208.0/20; ${script}`).status, 0);
});

test('Name servers and connected peers count as uses of a network too, as they may be behind a default route.', () => {
  const script = `cat() { printf 'nameserver %s\\n' 172.30.0.2 fe80::1 9.9.9.9; }; ip() { :; }
    ss() { printf '0 0 10.0.0.5:22 %s:50122\\n' 172.30.9.9 '[::ffff:172.30.9.8]' '[2001:db8::1]' 192.0.2.1; }
    routes | users_of 172.30.0.0/16`;
  const { stdout, stderr } = bash(script);
  assert.deepEqual(
    stdout.trim().split('\n'),
    [
      '172.30.0.2 by a name server of this host',
      '172.30.9.8 by a connection of this host',
      '172.30.9.9 by a connection of this host',
    ],
    stderr,
  );
});

const locked = [
  'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4321 (unattended-upgr)',
  'E: Unable to lock directory /var/lib/apt/lists/',
  'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
  'dpkg: error: dpkg frontend lock was locked by another process with pid 4321',
  'dpkg: error: dpkg status database is locked by another process',
  'debconf: DbDriver "config": /var/cache/debconf/config.dat is locked by another process: Resource temporarily unavailable',
];
for (const line of locked) {
  test(`apt is tried again after '${line.slice(0, 60)}…', and printed is who holds the lock where apt knows.`, async () => {
    const { path, remove } = await temporaryFolder();
    try {
      const apt = `#!/bin/sh\n[ -e '${path}/again' ] && exit 0\n: >'${path}/again'\necho '${line}'\nexit 100\n`;
      await writeFile(join(path, 'apt-get'), apt, { mode: 0o755 });
      const script = `PATH='${path}':$PATH; as_root() { "$@"; }; sleep() { :; }; by_apt install x`;
      const { status, stdout } = bash(script);
      assert.equal(status, 0);
      assert.match(
        stdout,
        line.includes('4321') ? /Waiting for apt's lock, .*4321/ : /Waiting for apt's lock\n/,
      );
    } finally {
      await remove();
    }
  });
}

test('What apt fails at for another reason is not tried again.', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    const apt = `#!/bin/sh\necho "E: Unable to locate package x"\nexit 100\n`;
    await writeFile(join(path, 'apt-get'), apt, { mode: 0o755 });
    const { status, stdout } = bash(`PATH='${path}':$PATH; as_root() { "$@"; }; by_apt install x`);
    assert.equal(status, 100);
    assert.doesNotMatch(stdout, /Waiting/);
  } finally {
    await remove();
  }
});

test('Docker or etcd from a snap is refused before anything changes.', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    assert.equal(bash(`snap_folder='${path}'; check_snaps`).status, 0);
    for (const name of ['docker', 'etcd']) await writeFile(join(path, name), '');
    const { status, stderr } = bash(`snap_folder='${path}'; check_snaps`);
    assert.equal(status, 2);
    assert.match(stderr, /has docker etcd as a snap.*Nothing was changed/);
  } finally {
    await remove();
  }
});

test('A machine that reaches the internet only over IPv6 is refused before anything changes.', () => {
  const machine = (four: string, six: string) =>
    `ip() { case $1 in -4) echo "${four}" ;; -6) echo "${six}" ;; esac; }; check_ipv4`;
  const { status, stderr } = bash(machine('', 'default via fe80::1 dev eth0'));
  assert.equal(status, 2);
  assert.match(stderr, /only an IPv6 route/);
  assert.equal(bash(machine('default via 192.0.2.1 dev eth0', 'default via fe80::1 dev eth0')).status, 0);
  assert.equal(bash(machine('', '')).status, 0);
});
