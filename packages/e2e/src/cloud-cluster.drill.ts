// cloud-config on fresh machines that become a cluster: the first one and a further one, each at its first
// boot.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import * as cloud from './cloud-machine.ts';
import { run } from './run.ts';

const network = cloud.machinePrefix;
const subnet = '10.231.78';
const members = ['1', '2'].map((number) => ({
  machine: `${cloud.machinePrefix}-${number}`,
  host: `m${number}.freehold.test`,
  ip: `${subnet}.1${number}`,
}));
const [one, two] = members as [(typeof members)[0], (typeof members)[0]];
const site = 'on-the-first.test';
const values = '/etc/freehold/first-boot.env';
let keys: string;
let firstUp: Promise<string>;

/** Runs one of the scripts for clusters here. */
const cluster = (script: string, ...args: string[]) =>
  cloud.must(join(cloud.scripts, 'cluster', script), keys, ...args);

/** A machine gets its address on the private network. */
const attach = ({ machine, ip }: typeof one) =>
  cloud.must('docker', 'network', 'connect', '--ip', ip, network, machine);

/** The values that the operator pastes, by name. */
async function printed(host: string): Promise<Record<string, string>> {
  const lines = (await cluster('first-boot-values.sh', host)).split('\n');
  return Object.fromEntries(lines.map((line) => line.trim().split(/=(.*)/s).slice(0, 2)));
}

before(async () => {
  keys = join(await mkdtemp(join(tmpdir(), 'freehold-cloud-')), 'keys');
  await cluster('make-authority.sh');
  for (const { host, ip } of members) await cluster('issue.sh', host, ip);
  // A container left by an interrupted run can be used as well.
  await run('docker', ['network', 'create', '--subnet', `${subnet}.0/24`, network]);
  await Promise.all(members.map(({ machine }) => cloud.startMachine(machine)));
  await attach(one);
});
after(async () => {
  if (process.env.FREEHOLD_E2E_KEEP) return;
  for (const { machine } of members) await cloud.removeMachine(machine);
  await cloud.must('docker', 'network', 'rm', network);
  await rm(join(keys, '..'), { recursive: true });
});

test('a file for a member is valid, and within the smallest size limit among providers', async (context) => {
  const config = await cloud.fillIn({ HOST: one.host, SITES: site, ...(await printed(one.host)) });
  context.diagnostic(`It has ${config.length} bytes.`);
  assert.ok(config.length < 16_384);
  assert.match(await cloud.giveUserData(one.machine, config), /Valid schema/);
  // While the other one is refused.
  firstUp = cloud.firstBoot(one.machine, 'one');
  firstUp.catch(() => undefined);
});

test('a host that is not a member yet has no values', async () => {
  await assert.rejects(printed(two.host), /is not a member yet/);
  await assert.rejects(printed('nobody.freehold.test'), /has no certificates yet/);
});

test('with two of the three values a first boot changes nothing, and reports the missing one', async () => {
  const config = await cloud.fillIn({
    HOST: two.host,
    CLUSTER_ADDRESS: two.ip,
    CLUSTER_MEMBERS: "'existing m2=https://10.231.78.12:2380'",
  });
  await cloud.giveUserData(two.machine, config);
  assert.match(await cloud.firstBoot(two.machine, 'refused'), /error/);
  assert.match(
    await cloud.on(two.machine, 'grep ^freehold-first-boot: /var/log/cloud-init-output.log'),
    /lacks CLUSTER_KEYS, but a member .* Nothing was changed\.$/,
  );
  await assertUntouched();
});

test('an address that the machine lacks, and damaged keys, are reported, and nothing is changed', async () => {
  const refused = async (address: string) => {
    await cloud.on(
      two.machine,
      `sed -i "s/^CLUSTER_ADDRESS=.*/CLUSTER_ADDRESS=$1/; s/^CLUSTER_KEYS=.*/CLUSTER_KEYS=H4sI/" ${values}`,
      address,
    );
    const { code, stderr } = await cloud.tryOn(two.machine, 'ADDRESS_WAIT=1 freehold-first-boot');
    assert.equal(code, 1);
    await assertUntouched();
    return stderr;
  };
  assert.match(await refused(two.ip), /does not have the address 10\.231\.78\.12 .*Nothing was changed\.$/m);
  assert.match(await refused('127.0.0.1'), /CLUSTER_KEYS .* is it whole\? Nothing was changed\.$/m);
});

async function assertUntouched(): Promise<void> {
  assert.equal(
    await cloud.on(
      two.machine,
      'ls /opt; ls -d /etc/freehold/*; nft list set inet host_firewall members | grep elements || true',
    ),
    values,
  );
}

test('the first member is up after its first boot, and accepts the hosts that were issued, and no stranger', async () => {
  assert.match(await firstUp, /done/, await cloud.bootLog(one.machine));
  await assertKeysGone(one.machine);
  assert.match(
    await cloud.on(one.machine, 'cat /etc/freehold/members.nft'),
    /^add element .* \{ 10\.231\.78\.12 \}$/,
  );
  // The control machine is a stranger until it is added.
  assert.equal(await cloud.knock(one.ip, 2379), '124');
  await cloud.on(one.machine, 'freehold-let-in "$1"', `${subnet}.1`);
  assert.equal(await cloud.knock(one.ip, 2379), '0');
  await cluster('admit.sh', one.host);
});

test('a further one, whose address comes late, is a member after its first boot without any typed command', async (context) => {
  await cluster('admit.sh', two.host);
  await cloud.giveUserData(
    two.machine,
    await cloud.fillIn({ HOST: two.host, SITES: '', ...(await printed(two.host)) }),
  );
  const begun = Date.now();
  const up = cloud.firstBoot(two.machine, 'two');
  await waitFor(
    'it to wait for its address',
    async () => (await cloud.tryOn(two.machine, 'pgrep -f freehold-first-boot')).code === 0,
  );
  await attach(two);
  assert.match(await up, /done/, await cloud.bootLog(two.machine));
  context.diagnostic(`The first boot took ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
  const status = await cloud.on(
    two.machine,
    '/opt/freehold/scripts/cluster/etcdctl.sh endpoint status --cluster',
  );
  for (const { ip } of members) assert.match(status, new RegExp(`^https://${ip}:2379, `, 'm'));
  const address = await cloud.addressOf(two.machine);
  await waitFor('the site of the first', async () => (await cloud.pageAt(address, site)).includes(site));
  await assertKeysGone(two.machine);
});

test('a second run changes nothing', async () => {
  const state = () =>
    cloud.on(
      two.machine,
      'cat /etc/freehold/members.nft /etc/freehold/first-boot.env; systemctl show --property=ActiveEnterTimestampMonotonic etcd haproxy haproxy-confd postfix',
    );
  const before = await state();
  await cloud.on(two.machine, 'freehold-first-boot');
  assert.equal(await state(), before);
});

async function assertKeysGone(machine: string): Promise<void> {
  assert.equal(
    await cloud.on(machine, `grep ^CLUSTER_KEYS= ${values}; ls -d /run/first-boot* 2>/dev/null || true`),
    'CLUSTER_KEYS=in-place',
  );
}
