// A cluster of three hosts with sites on each, and visitors at all of them.
import type { TestContext } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { type Cluster, type ClusterHost, startCluster } from './cluster-hosts.ts';
import { describe, type Load, startLoad, type Tally } from './cluster-load.ts';
import { ask, etcdctl } from './cluster-probes.ts';
import { repository } from './host.ts';

/** Sites by their host. */
export const own = ['on-1.test', 'on-2.test', 'on-3.test'] as const;
/** A site on the second and the third host. */
export const shared = 'shared.test';
const sites = [...own, shared];

/** Starts the cluster and its sites. */
export async function startClusterWithSites(): Promise<Cluster> {
  const cluster = await startCluster();
  const [one, two, three] = cluster.hosts;
  await Promise.all([addSites(one, own[0]), addSites(two, own[1], shared), addSites(three, own[2], shared)]);
  return cluster;
}

async function addSites(host: ClusterHost, ...domains: string[]): Promise<void> {
  for (const domain of domains) await host.shell(`${repository}/scripts/add-site.sh ${domain}`);
}

/** Runs the work with visitors at some hosts; returns their results, and adds them to the test's output. */
export async function underLoad(
  context: TestContext,
  hosts: readonly ClusterHost[],
  work: (load: Load) => Promise<void>,
): Promise<Tally> {
  const load = startLoad(hosts, sites);
  try {
    await waitFor('visits before', () => load.tally().asked > 100);
    await work(load);
  } finally {
    context.diagnostic(describe(await load.stop()));
  }
  return load.tally();
}

/** Waits until every host answers for every site. */
export async function untilWhole({ hosts }: Cluster): Promise<void> {
  for (const { name, ip } of hosts) {
    for (const site of sites)
      await waitFor(`${site} at ${name}`, async () => (await ask(ip, site)) === '200');
  }
}

/** All records of sites in etcd. */
export function siteRecords({ hosts: [, , three] }: Cluster): Promise<string> {
  return waitFor('etcd to answer', () => three.shell(`${etcdctl(three)} get --prefix /services/`));
}
