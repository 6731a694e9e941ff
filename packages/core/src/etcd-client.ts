// A client of one member, and single calls of it. A part of etcd.ts, whose header says what it answers.
import { readFileSync } from 'node:fs';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { noop } from 'cockatiel';
import { Etcd3, type IKeyValue } from 'etcd3';
import type { TlsFiles } from './etcd-address.ts';

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** The revision in which the key was created. It stays the same until the key is deleted. */
  readonly created: bigint;
}

/** One state of one key: what it held, and the revision that last changed it. */
export interface Version {
  readonly value?: string | undefined;
  readonly revision: bigint;
}

/** Writes in one transaction, which takes place only while `guard.key` is of `guard.revision` (0: not there). */
export interface Transaction {
  readonly guard: { readonly key: string; readonly revision: bigint };
  /** With `lease`, the id of a lease, the key goes with that. */
  readonly puts?: readonly { readonly key: string; readonly value: string; readonly lease?: string }[];
  readonly deletes?: readonly string[];
}

/** How long one call may take, in milliseconds. */
export const callMs = 3000;

// What gRPC has to say about a connection reaches us as errors; its own lines would spoil the journal.
setLogVerbosity(logVerbosity.NONE);

/**
 * A half-open connection is noticed after 13 s. Pings are sent only while a call is open, which a
 * watch always is: etcd ends connections that ping without one ("excess pings").
 */
const grpcOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.max_receive_message_length': -1,
};

/** Every member's certificate has it: gRPC for Node checks no certificate against an address, as a TLS server name cannot be one (RFC 6066). */
const memberName = 'etcd.freehold.internal';

/**
 * A client of one member and not of all: the etcd3 client would choose among them at random for each call, and
 * so ask a dead one every third time.
 *
 * @throws what the file system says of a certificate.
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
    // The client's own retries would keep each call at a hanging member for three times its deadline.
    faultHandling: { global: noop, host: () => noop },
    defaultCallOptions: (call) => (call.isStream ? {} : { deadline: Date.now() + callMs }),
  });
}

export function entryOf(kv: IKeyValue): Entry {
  return { key: kv.key.toString(), value: kv.value.toString(), created: BigInt(kv.create_revision) };
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
  // etcd gives a key that is not there the revision 0 in a comparison.
  const answer = await client
    .if(guard.key, 'Mod', '==', String(guard.revision))
    .then(...put, ...remove)
    .commit();
  return answer.succeeded ? BigInt(answer.header.revision) : undefined;
}
