// Failures of a cluster's hosts: killed, restarted, cut off.
import { waitFor } from '@freehold/testing/wait-for';
import { type Cluster, type ClusterHost, sure } from './cluster-hosts.ts';
import { etcdctl } from './cluster-probes.ts';

/** Restarts the machines at once, and waits until each is up. */
export async function restartAll(hosts: readonly ClusterHost[]): Promise<void> {
  await Promise.all(hosts.map(({ name }) => sure('docker', 'restart', '--time', '30', name)));
  await Promise.all(hosts.map(untilUp));
}

/** Kills the machine; returns how to start it again. */
export async function killHost(host: ClusterHost): Promise<() => Promise<void>> {
  await sure('docker', 'kill', host.name);
  return async () => {
    await sure('docker', 'start', host.name);
    await untilUp(host);
  };
}

async function untilUp({ name, tryExec }: ClusterHost): Promise<void> {
  const serves = async () => (await tryExec('systemctl', 'is-active', 'haproxy')).code === 0;
  await waitFor(`${name} to be up`, serves);
}

/** Runs the work while a host cannot communicate with the others. */
export async function cutOff(host: ClusterHost, work: () => Promise<void>): Promise<void> {
  await host.shell('iptables -I INPUT -i eth+ -j DROP; iptables -I OUTPUT -o eth+ -j DROP');
  try {
    await work();
  } finally {
    await host.shell('iptables -D INPUT -i eth+ -j DROP; iptables -D OUTPUT -o eth+ -j DROP');
  }
}

/** The leader of etcd, according to a member. */
export async function leaderOf(hosts: Cluster['hosts'], by: ClusterHost = hosts[0]): Promise<ClusterHost> {
  const { found } = await waitFor('a leader', async () => {
    const words = await by.shell(
      `${etcdctl(by)} endpoint status -w json; ${etcdctl(by)} member list -w json`,
    );
    const [id] = /"leader":\d+/.exec(words) ?? [];
    const name = new RegExp(`"ID":${id?.split(':')[1]},"name":"([^"]+)"`).exec(words)?.[1];
    const found = hosts.find((host) => host.name === name);
    return found && { found };
  });
  return found;
}

/** Restarts a site, and waits until it is announced. */
export async function restartSite(host: ClusterHost, site: string): Promise<void> {
  await host.shell(`systemctl restart static@${site}`);
  await waitFor(
    'it to be announced',
    async () => (await host.tryExec('systemctl', 'is-active', `discovery@${site}`)).code === 0,
  );
}
