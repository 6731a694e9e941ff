// All members have to order from the same CA: a certificate of another one is replaced at once, so two members that differ
// would replace each other's without an end.
import { FreeholdError } from '@freehold/core/error';
import { hostsPrefix } from '@freehold/core/host-record';
import type { Cluster } from './cluster.ts';
import { memberKey, membersPrefix } from './etcd-keys.ts';

/**
 * Tells the others from which CA's directory this member orders. From then on they order for its sites: it has shared its
 * own certificates before, and which ones a person manages.
 */
export async function announceDirectory({ etcd, host }: Cluster, directory: string): Promise<void> {
  const key = memberKey(host);
  if ((await etcd.get(key)) !== directory) await etcd.put(key, directory);
}

/** The members that order certificates, and so have told which of their sites they leave alone. */
export async function readParticipants({ etcd }: Cluster): Promise<Set<string>> {
  return new Set((await etcd.keys(membersPrefix)).map((key) => key.slice(membersPrefix.length)));
}

/** @throws FreeholdError if a member that is alive has another directory. */
export async function checkDirectories({ etcd }: Cluster, directory: string): Promise<void> {
  const alive = new Set((await etcd.keys(hostsPrefix)).map((key) => key.slice(hostsPrefix.length)));
  for (const { key, value } of (await etcd.list(membersPrefix)).entries) {
    const host = key.slice(membersPrefix.length);
    if (value === directory || !alive.has(host)) continue;
    throw new FreeholdError(
      `Nothing is ordered, because the members of the cluster have different CAs: ${host} has ${value}, and this one ${directory}. Set FREEHOLD_ACME_DIRECTORY to the same value on each, and run setup.sh there.`,
    );
  }
}
