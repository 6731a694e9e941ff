// The pages about clusters in docs/how-to, told of three hosts: their commands are run on them and on this machine as they
// stand there.
import { waitFor } from '@freehold/testing/wait-for';
import type { Cluster } from './cluster-hosts.ts';
import { ask } from './cluster-probes.ts';
import { readSection, type Section } from './document.ts';
import { repository } from './host.ts';
import type { Operator } from './operator.ts';

export type HostNumber = 1 | 2 | 3;

export interface ClusterManual {
  /** A section of the page. What the page calls h1 is the host of the first number, and so on. */
  section(heading: string, order?: readonly HostNumber[]): Section;
  nameOf(number: HostNumber): string;
  ipOf(number: HostNumber): string;
  /** Runs a command on a host, where the page's paths are the repository's. */
  onHost(number: HostNumber, command: string): Promise<string>;
  /** The page's way to tell a host of what has changed in the others. */
  refresh(...numbers: HostNumber[]): Promise<void>;
  /** The page's way back for a host whose member has lost its data; `dismissed` if it is out already. */
  bringBack(number: HostNumber, dismissed?: boolean): Promise<void>;
  /** Mail forwards and users, as root's user reads them at the first host. */
  held(): Promise<string>;
  /** Waits until some hosts serve some hosts' sites. */
  untilServed(hosts: readonly HostNumber[], which: readonly HostNumber[]): Promise<void>;
}

const pages = ['make-a-cluster', 'run-a-cluster', 'replace-a-member', 'change-all-keys', 'recover-etcd'].map(
  (name) => `how-to/${name}.md`,
);

/** The section about hosts that leave. */
export const outOrAnother = 'Take a host out, or put another in its place';

/** `sites`: one of each host. */
export function openManual(cluster: Cluster, operator: Operator, sites: readonly string[]): ClusterManual {
  const host = (number: HostNumber) => cluster.hosts[number - 1] as Cluster['hosts'][0];
  const section: ClusterManual['section'] = (heading, order = [1, 2, 3]) => {
    const values: Record<string, string> = { KEYS: cluster.keys };
    for (const [index, number] of order.entries()) {
      values[`h${index + 1}.example.com`] = host(number).name;
      values[`10.0.0.${index + 1}`] = host(number).ip;
    }
    return readSection(pages, heading, values);
  };
  return {
    section,
    nameOf: (number) => host(number).name,
    ipOf: (number) => host(number).ip,
    onHost: (number, command) => host(number).shell(`cd ${repository}; ${command}`),
    async refresh(...numbers) {
      for (const number of numbers) {
        await operator.does(section(outOrAnother, [number]).block('ssh h1.example.com rm'));
      }
    },
    async bringBack(number, dismissed = false) {
      const block = section("Bring back a host that has lost etcd's data", [1, number]).block(
        'scripts/cluster/issue.sh',
      );
      await operator.does(dismissed ? block.replace(/.*dismiss\.sh.*\n/, '') : block);
    },
    held() {
      const as = `scripts/cluster/etcdctl.sh --as ${cluster.keys}/users/root --endpoint https://${host(1).ip}:2379`;
      return operator.does(`${as} get --prefix /mail/; ${as} user list`);
    },
    async untilServed(hosts, which) {
      for (const { name, ip } of hosts.map(host)) {
        for (const site of which.map((number) => sites[number - 1] as string)) {
          const served = async () => (await ask(ip, site)) === '200';
          await waitFor(`${site} at ${name}`, served);
        }
      }
    },
  };
}
