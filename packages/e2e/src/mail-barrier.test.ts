// Sites send by the host's own Postfix: a mail server elsewhere, in a network namespace of its own, is out of their reach.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { domainsOf, removeSites, startSites } from './sites.ts';

const [site = ''] = domainsOf('barred', 1);
const units = ['mail-barrier', 'docker'];
const ports = [25, 465, 587];
/** One of the range for measurements (RFC 2544), that no host has. */
const elsewhere = '198.18.251.2';

const setUp = `
  ip netns add elsewhere
  ip link add elsewhere0 type veth peer name eth0 netns elsewhere
  ip address add 198.18.251.1/24 dev elsewhere0
  ip link set elsewhere0 up
  ip -n elsewhere address add "$1/24" dev eth0
  ip -n elsewhere link set eth0 up
  ip -n elsewhere route add default via 198.18.251.1
  for port in "\${@:2}"; do
    systemd-run --quiet --unit "elsewhere-$port" nsenter --net=/run/netns/elsewhere socat "TCP-LISTEN:$port,fork" PIPE
  done`;

const tearDown = `
  systemctl stop 'elsewhere-*'
  ip link delete elsewhere0 2>/dev/null || true
  ip netns delete elsewhere 2>/dev/null || true`;

before(async () => {
  await shell(tearDown);
  await shell(setUp, elsewhere, ...ports.map(String));
  for (const port of ports) await waitFor(`port ${port}`, () => reaches('/proc/1/ns/net', elsewhere, port));
  await startSites([site]);
});
after(async () => {
  await removeSites([site]);
  await shell(tearDown);
});

/** Whether a TCP port can be reached from a network namespace. */
async function reaches(namespace: string, address: string, port: number): Promise<boolean> {
  const open = `exec 3<>"/dev/tcp/${address}/${port}"`;
  const { code } = await tryExec(['nsenter', `--net=${namespace}`, 'timeout', '2', 'bash', '-c', open]);
  return code === 0;
}

async function assertBarred(): Promise<void> {
  const pid = await exec(['docker', 'inspect', '--format', '{{.State.Pid}}', `static-${site}`]);
  const reached = [];
  for (const port of ports) if (await reaches(`/proc/${pid}/ns/net`, elsewhere, port)) reached.push(port);
  assert.deepEqual(reached, [465, 587]);
  assert.ok(
    !(await reaches(`/proc/${pid}/ns/net`, '172.30.0.1', 25)),
    "the host's own Postfix, as a stranger",
  );
  assert.ok(await reaches(`/proc/${pid}/ns/net`, '172.30.0.1', 587), "the host's own Postfix");
}

hostTest(
  'a site reaches no port 25, here or elsewhere, only those of servers that want a login; the host reaches all',
  units,
  async () => {
    await assertBarred();
    assert.ok(await reaches('/proc/1/ns/net', elsewhere, 25));
  },
);

hostTest('that is so once, however often it is begun, and no longer when it is stopped', units, async () => {
  const rules = () => shell('iptables --wait -S DOCKER-USER | grep -c -- "--dport 25" || true');
  await exec(['systemctl', 'restart', 'mail-barrier']);
  assert.equal(await rules(), '1');
  await assertBarred();
  await exec(['systemctl', 'stop', 'mail-barrier']);
  assert.equal(await rules(), '0');
  await exec(['systemctl', 'start', 'mail-barrier']);
  await assertBarred();
});

hostTest('rules that are taken away come back with those of Docker', units, async () => {
  await shell('iptables --wait -F DOCKER-USER; iptables --wait -F INPUT');
  await exec(['systemctl', 'restart', 'docker']);
  await waitFor('the site to run again', () => assertBarred().then(() => true), { withinMs: 60_000 });
});
