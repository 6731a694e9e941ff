// A client of one etcd member, and single calls to it. Part of etcd.ts, whose header lists the faults it
// works around.
import { readFileSync } from 'node:fs';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { noop } from 'cockatiel';
import { Etcd3, type IKeyValue, Range } from 'etcd3';
import type { TlsFiles } from './etcd-address.ts';

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** The revision in which the key was created. It stays the same until the key is deleted. */
  readonly created: bigint;
}

/** Some entries of a prefix, in the order of their keys, and the revision that they are of. */
export interface Page {
  readonly entries: readonly Entry[];
  readonly revision: bigint;
  /** The identifier of etcd's cluster: one that was recreated, or restored from a snapshot, may have another. */
  readonly cluster: string;
  /** Whether there are entries behind these. */
  readonly more: boolean;
}

/** So many entries are in a page. A certificate with its key has some 10 KB. */
const pageSize = 100;

/** One state of one key: its value, and the revision that last changed it. */
export interface Version {
  readonly value?: string | undefined;
  readonly revision: bigint;
}

/** Writes in one transaction, which takes place only if `guard.key` is at `guard.revision` (0: it does not exist). */
export interface Transaction {
  readonly guard: { readonly key: string; readonly revision: bigint };
  /** `lease`: the id of a lease to which the key is bound. */
  readonly puts?: readonly { readonly key: string; readonly value: string; readonly lease?: string }[];
  readonly deletes?: readonly string[];
}

/** The time limit of one call, in milliseconds. */
export const callMs = 3000;

// gRPC's connection problems reach us as errors; its own log lines would clutter the journal.
setLogVerbosity(logVerbosity.NONE);

/**
 * Detects a half-open connection within 13 s. Pings are sent only during a call, and a watch always is one:
 * etcd ends connections that send pings without a call ("excess pings").
 */
const grpcOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.max_receive_message_length': -1,
};

/**
 * A name that every member's certificate contains: gRPC for Node cannot check a certificate against an
 * address, since a TLS server name cannot be one (RFC 6066).
 */
const memberName = 'etcd.freehold.internal';

/**
 * Connects to one member and not to all: the etcd3 client would pick a random member for each call and so try
 * a dead one every third time.
 *
 * @throws the file system's error if a certificate cannot be read.
 */
export function openClient(endpoint: string, tls: TlsFiles | undefined): Etcd3 {
  const credentials = tls && {
    rootCertificate: readFileSync(tls.ca),
    certChain: readFileSync(tls.certificate),
    privateKey: readFileSync(tls.key),
  };
  return new Etcd3({
    hosts: [endpoint],
    grpcOptions: tls ? { ...grpcOptions, 'grpc.ssl_target_name_override': memberName } : grpcOptions,
    ...(credentials && { credentials }),
    // The client's own retries would triple the time limit of each call to a hanging member.
    faultHandling: { global: noop, host: () => noop },
    defaultCallOptions: (call) => (call.isStream ? {} : { deadline: Date.now() + callMs }),
  });
}

export function entryOf(kv: IKeyValue): Entry {
  return { key: kv.key.toString(), value: kv.value.toString(), created: BigInt(kv.create_revision) };
}

/** The next entries of a prefix behind the key `after`, of those that were written in the revision `since` or later. */
export async function readPage(
  client: Etcd3,
  { prefix, after, since }: { prefix: string; after: string | undefined; since: bigint | undefined },
): Promise<Page> {
  const { start, end } = Range.prefix(prefix);
  // The least key behind another one is that one with a zero byte.
  const range = client.getAll().inRange({ start: after === undefined ? start : `${after}\0`, end });
  // With a revision, etcd reads the whole range for each page, so none is given where all are wanted.
  if (since !== undefined) range.minModRevision(String(since));
  const { kvs, header, more } = await range.limit(pageSize).exec();
  const { revision, cluster_id: cluster } = header;
  return { entries: kvs.map(entryOf), revision: BigInt(revision), cluster, more };
}

export async function read(client: Etcd3, key: string): Promise<Version> {
  const { kvs } = await client.get(key).exec();
  const kv = kvs[0];
  return kv ? { value: kv.value.toString(), revision: BigInt(kv.mod_revision) } : { revision: 0n };
}

/** Gives the revision that the transaction made, or undefined where its guard did not hold. */
export async function commit(
  client: Etcd3,
  { guard, puts = [], deletes = [] }: Transaction,
): Promise<bigint | undefined> {
  const put = puts.map(({ key, value, lease }) => {
    const operation = client.put(key).value(value);
    return lease === undefined ? operation : operation.lease(lease);
  });
  const remove = deletes.map((key) => client.delete().key(key));
  // In comparisons, etcd treats a missing key as one with revision 0.
  const answer = await client
    .if(guard.key, 'Mod', '==', String(guard.revision))
    .then(...put, ...remove)
    .commit();
  return answer.succeeded ? BigInt(answer.header.revision) : undefined;
}
