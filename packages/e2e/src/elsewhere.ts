// A target that a host can reach and its sites must not: another machine, as a network namespace on the host.
import { waitFor } from '@freehold/testing/wait-for';
import { exec, shell, tryExec } from './host.ts';

const setUp = `
  ip netns add elsewhere
  ip link add elsewhere0 type veth peer name eth0 netns elsewhere
  ip address add "$2/24" dev elsewhere0
  ip link set elsewhere0 up
  ip -n elsewhere address add "$1/24" dev eth0
  ip -n elsewhere link set eth0 up
  ip -n elsewhere route add default via "$2"
  for port in "\${@:3}"; do
    systemd-run --quiet --unit "elsewhere-$port" nsenter --net=/run/netns/elsewhere socat "TCP-LISTEN:$port,fork" PIPE
  done`;

const tearDown = `
  systemctl stop 'elsewhere-*'
  ip link delete elsewhere0 2>/dev/null || true
  ip netns delete elsewhere 2>/dev/null || true`;

const host = '/proc/1/ns/net';

/** Programs listen on ports of `address`, on another machine; `near` is the host's end of the link. */
export async function startElsewhere(address: string, near: string, ports: readonly number[]): Promise<void> {
  await stopElsewhere();
  await shell(setUp, address, near, ...ports.map(String));
  for (const port of ports) await waitFor(`port ${port}`, () => reaches(host, address, port));
}

export async function stopElsewhere(): Promise<void> {
  await shell(tearDown);
}

/** The ports that can be reached from the host itself, or from a static site's container if one is given. */
export async function reachable(address: string, ports: readonly number[], site?: string): Promise<number[]> {
  const namespace = site ? await namespaceOf(site) : host;
  const reached = await Promise.all(ports.map((port) => reaches(namespace, address, port)));
  return ports.filter((_, index) => reached[index]);
}

/** The network namespace of a static site's container, as a path on the host. */
export async function namespaceOf(site: string): Promise<string> {
  return `/proc/${await exec(['docker', 'inspect', '--format', '{{.State.Pid}}', `static_${site}`])}/ns/net`;
}

/** Whether a TCP port can be reached from a network namespace. */
export async function reaches(namespace: string, address: string, port: number): Promise<boolean> {
  const open = `exec 3<>"/dev/tcp/${address}/${port}"`;
  const { code } = await tryExec(['nsenter', `--net=${namespace}`, 'timeout', '2', 'bash', '-c', open]);
  return code === 0;
}
