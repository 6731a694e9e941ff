// What a run of 'cluster create', 'add' or 'renew' has to do, by what is seen of the servers. Run again after an
// interruption, it does what is left.
import { FreeholdError } from '@freehold/core/error';

export interface ServerSeen {
  /** As the operator gave it. */
  readonly server: string;
  /** The host's own name. */
  readonly name: string;
  readonly address: string;
  /** Its etcd answers as a member's does. */
  readonly isMember: boolean;
  /** How its etcd becomes a member, by its folder of keys; undefined if it may not yet. */
  readonly initial?: 'new' | 'existing' | undefined;
}

export type CreateStep =
  /** Hands a server its keys; its setup makes it a member with them, or renews them. */
  | { readonly do: 'bring'; readonly who: ServerSeen; readonly as: 'first' | 'waited-for' | 'added' }
  /** Reaches etcd by this member from now on. */
  | { readonly do: 'connect'; readonly who: ServerSeen }
  | { readonly do: 'add-member'; readonly who: ServerSeen };

/** The server that begins the cluster: by its keys, if an earlier run has made them; otherwise the first one. */
export function firstOf(servers: readonly ServerSeen[]): ServerSeen | undefined {
  return servers.find(({ initial }) => initial === 'new') ?? servers[0];
}

/** The servers that have to be empty: the cluster's data replaces that of a server that joins. */
export function joiningOf(servers: readonly ServerSeen[]): ServerSeen[] {
  const joining = servers.filter(({ isMember }) => !isMember);
  if (joining.length < servers.length) return joining;
  const first = firstOf(servers);
  return joining.filter((one) => one !== first);
}

/** The member by which etcd is reached; undefined if there is none yet. */
export function wayIn(servers: readonly ServerSeen[]): ServerSeen | undefined {
  return servers.find(({ isMember }) => isMember);
}

/**
 * The steps once all servers have certificates.
 *
 * @param isAnswering whether etcd answers at `wayIn`. Once the second member is added, it waits for that one before it does
 *   anything else, and an etcd that was started again meanwhile does not even say that it is a member. So the servers
 *   that it may wait for come first.
 */
export function planCreate(servers: readonly ServerSeen[], isAnswering: boolean): CreateStep[] {
  const steps: CreateStep[] = [];
  const waiting = isAnswering ? [] : servers.filter((one) => one.initial === 'existing' && !one.isMember);
  let isConnected = wayIn(servers) !== undefined;
  for (const who of waiting) {
    steps.push({ do: 'bring', who, as: 'waited-for' });
    if (!isConnected) steps.push({ do: 'connect', who });
    isConnected = true;
  }
  const first = firstOf(servers);
  const ordered = isConnected ? servers : [first, ...servers.filter((one) => one !== first)];
  for (const who of ordered) {
    if (!who) continue;
    // The first one begins the cluster and is added as a member afterwards; the others are added first.
    if (isConnected) steps.push({ do: 'add-member', who }, { do: 'bring', who, as: 'added' });
    else steps.push({ do: 'bring', who, as: 'first' }, { do: 'connect', who }, { do: 'add-member', who });
    isConnected = true;
  }
  return steps;
}

/** Why a run ends at a server whose setup has failed. */
export function failureOf({ who, as }: Extract<CreateStep, { do: 'bring' }>): string {
  const { name } = who;
  switch (as) {
    case 'first':
      return `${name} did not become the first member of the cluster; the reason is above. Run this again.`;
    case 'waited-for':
      return `${name} has not joined the cluster; the reason is above. Run this again.`;
    case 'added':
      return `${name} was added and has not started; the messages above explain why. Run this again soon.`;
  }
}

/** What a step does, for --dry-run. */
export function describeStep(step: CreateStep): string | undefined {
  const { name } = step.who;
  if (step.do === 'connect') return undefined;
  if (step.do === 'add-member') return `give ${name} its access to etcd`;
  if (step.as === 'first') return `set up ${name} as the first member`;
  return `set up ${name} as a member, with its current keys`;
}

/** @throws FreeholdError `usage` for a server or an address that occurs twice. */
export function checkPairs(pairs: readonly { server: string; address: string }[]): void {
  for (const part of ['server', 'address'] as const) {
    const values = pairs.map((pair) => pair[part]);
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined) throw new FreeholdError(`'${twice}' occurs twice.`, { code: 'usage' });
  }
}
