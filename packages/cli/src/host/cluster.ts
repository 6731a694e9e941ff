// The state of etcd's members and of the hosts, as rows of `cluster status`.
import type { Row } from '../command.ts';

interface Member {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
}

interface MemberStatus {
  readonly id: bigint;
  readonly leader: bigint;
  readonly version: string;
  readonly dbBytes: number;
}

/** etcdctl's JSON has ids of 64 bits, which a number of JavaScript would round. */
function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context?.source
      ? BigInt(context.source)
      : value,
  );
}

/** The output of `etcdctl member list -w json`. */
export function parseMembers(text: string): Member[] {
  const { members = [] } = parseExact(text) as {
    members?: { ID: number | bigint; name?: string; peerURLs?: string[]; clientURLs?: string[] }[];
  };
  return members.map(({ ID, name = '', peerURLs = [], clientURLs = [] }) => ({
    id: BigInt(ID),
    name,
    peerUrls: peerURLs,
    clientUrls: clientURLs,
  }));
}

/** The output of `etcdctl endpoint status --cluster -w json`: only members that answered are in it. */
export function parseStatus(text: string): MemberStatus[] {
  if (text.trim() === '') return [];
  const list = parseExact(text) as {
    Status: {
      header: { member_id: number | bigint };
      leader?: number | bigint;
      version: string;
      dbSize: number;
    };
  }[];
  return list.map(({ Status: { header, leader = 0, version, dbSize } }) => ({
    id: BigInt(header.member_id),
    leader: BigInt(leader),
    version,
    dbBytes: dbSize,
  }));
}

/** `alive`: the hosts with a record below /hosts/; `own`: this host, by whose name a member without one is called. */
export function clusterRows(input: {
  members: readonly Member[];
  status: readonly MemberStatus[];
  alive: ReadonlyMap<string, string>;
  own: string;
}): Row[] {
  const { members, status, alive, own } = input;
  const rows = members.map(({ id, name, clientUrls }): Row => {
    const found = status.find((one) => one.id === id);
    const host = members.length === 1 ? own : name || null;
    return {
      host,
      etcd: found ? roleOf(found) : 'no answer',
      etcdVersion: found?.version ?? null,
      dbBytes: found?.dbBytes ?? null,
      endpoint: clientUrls[0] ?? null,
      alive: host !== null && alive.has(host),
      address: (host !== null && alive.get(host)) || null,
    };
  });
  return rows.sort((one, other) => (String(one.host) < String(other.host) ? -1 : 1));
}

function roleOf({ id, leader }: MemberStatus): string {
  if (leader === 0n) return 'no leader';
  return id === leader ? 'leader' : 'follower';
}

/** Why the exit code is 1. */
export function clusterFault(rows: readonly Row[]): string | undefined {
  const bad = rows.filter(({ etcd, alive }) => !alive || (etcd !== 'leader' && etcd !== 'follower'));
  if (bad.length === 0) return undefined;
  return `${bad.length} of ${rows.length} members have problems: ${bad.map(({ host }) => host ?? 'a member without a name').join(', ')}.`;
}
