// How a host becomes a member of etcd.
import { FreeholdError } from '@freehold/core/error';

export interface EtcdMember {
  /** In hexadecimal, as etcdctl takes it. */
  readonly id: string;
  /** Empty for a member that has not started yet. */
  readonly name: string;
  /** Where the other members reach it. */
  readonly peerUrl: string;
}

export interface Addition {
  /** The list of members for etcd on the new host; undefined if the one that is there stays. */
  readonly initialCluster?: string;
  readonly isToBeAdded: boolean;
}

/**
 * @param hasInitialCluster whether the host has a list of members already.
 * @throws FreeholdError if another member was added and has not started: a further one would have no majority.
 */
export function planAddition(
  host: { readonly name: string; readonly peerUrl: string; readonly hasInitialCluster: boolean },
  members: readonly EtcdMember[],
): Addition {
  const { name, peerUrl, hasInitialCluster } = host;
  const own = members.find((member) => member.peerUrl === peerUrl);
  // etcd no longer reads its list once it has started, and would only be restarted for another one.
  if (own && own.name !== '' && hasInitialCluster) return { isToBeAdded: false };
  const others = members.filter((member) => member.peerUrl !== peerUrl);
  const waiting = others.find((member) => member.name === '');
  if (!own && waiting) {
    throw new FreeholdError(
      `Cannot add ${name} to etcd: ${waiting.peerUrl} was added, but has not started yet. First set it up, or remove it.`,
    );
  }
  const list = [`${name}=${peerUrl}`, ...others.map((member) => `${member.name || '-'}=${member.peerUrl}`)];
  return { initialCluster: `existing ${list.join(',')}\n`, isToBeAdded: !own };
}
