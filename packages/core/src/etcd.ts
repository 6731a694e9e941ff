// The only module that knows the etcd3 client, whose faults it answers: no deadlines of its own, a
// circuit that stays open, watches that go silent or lose events after a reconnect. A connection
// here is used until it first fails and then thrown away (see mirror.ts), so none of that is met.
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Etcd3, type IKeyValue } from 'etcd3';
import { FreeholdError, reasonOf } from './error.ts';

export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** One state of one key: what it held, and the revision that last changed it. */
export interface Version {
  readonly value?: string | undefined;
  readonly revision: bigint;
}

/** A change of one key; without `value` it was deleted. */
export interface Change {
  readonly key: string;
  readonly value?: string;
}

export interface Etcd {
  /** All entries under a prefix, and the revision that they are of. */
  list(prefix: string): Promise<{ entries: Entry[]; revision: bigint }>;
  /** All keys under a prefix. */
  keys(prefix: string): Promise<string[]>;
  get(key: string): Promise<string | undefined>;
  /** A key as it is now, to be handed to `swap` or thought about; its `revision` is 0 where it is not there. */
  read(key: string): Promise<Version>;
  /** Puts a key in one transaction, but only if it is still as it was read; tells whether it was. */
  swap(key: string, read: Version, value: string): Promise<boolean>;
  /** The first key of a range; `end` is not part of it. */
  first(start: string, end: string): Promise<string | undefined>;
  /** Puts one key in one transaction. */
  put(key: string, value: string): Promise<void>;
  /** Puts a key that goes with the lease. */
  putLeased(key: string, value: string, lease: Lease): Promise<void>;
  /** Deletes the key; tells whether it was there. */
  delete(key: string): Promise<boolean>;
  /**
   * Gives every change from `revision` on, in batches. Resolves when the signal aborts, and rejects
   * at the first sign of trouble: the caller lists again.
   */
  watch(options: WatchOptions): Promise<void>;
  /** Grants a lease of so many seconds. */
  grant(seconds: number): Promise<Lease>;
  close(): void;
}

export interface WatchOptions {
  readonly prefix: string;
  readonly revision: bigint;
  readonly signal: AbortSignal;
  readonly onChanges: (changes: Change[]) => void;
}

export interface Lease {
  readonly id: string;
  /** Rejects when the lease is gone or etcd does not answer. */
  keepAlive(): Promise<void>;
  revoke(): Promise<void>;
}

/** How long one call may take, in milliseconds. */
const callMs = 3000;

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

/** Connects lazily: the first call says whether etcd is there. `endpoints` are URLs. */
export function connectEtcd(endpoints: readonly string[]): Etcd {
  const client = new Etcd3({
    hosts: [...endpoints],
    grpcOptions,
    defaultCallOptions: (call) => (call.isStream ? {} : { deadline: Date.now() + callMs }),
  });
  const call = async <T>(what: string, run: () => PromiseLike<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      const where = endpoints.join(', ');
      throw new FreeholdError(`etcd at ${where} could not ${what}: ${withoutNote(reasonOf(error))}`, {
        cause: error,
      });
    }
  };
  return {
    list: (prefix) =>
      call(`list ${prefix}`, async () => {
        const answer = await client.getAll().prefix(prefix).exec();
        return { entries: answer.kvs.map(entryOf), revision: BigInt(answer.header.revision) };
      }),
    keys: (prefix) => call(`list ${prefix}`, () => client.getAll().prefix(prefix).keys()),
    get: (key) => call(`read ${key}`, async () => (await client.get(key).string()) ?? undefined),
    read: (key) => call(`read ${key}`, () => read(client, key)),
    swap: (key, version, value) => call(`write ${key}`, () => swap(client, { key, version, value })),
    first: (start, end) =>
      call(`list ${start}`, async () => (await client.getAll().inRange({ start, end }).limit(1).keys())[0]),
    put: (key, value) =>
      call(`write ${key}`, async () => {
        await client.put(key).value(value).exec();
      }),
    putLeased: (key, value, lease) =>
      call(`write ${key}`, async () => {
        await client.put(key).value(value).lease(lease.id).exec();
      }),
    delete: (key) =>
      call(`delete ${key}`, async () => (await client.delete().key(key).exec()).deleted !== '0'),
    watch: (options) => call(`watch ${options.prefix}`, () => watch(client, options)),
    grant: (seconds) => call('grant a lease', () => grant(client, seconds)),
    close: () => client.close(),
  };
}

/** gRPC ends some reasons with the title of a note that is empty. */
function withoutNote(reason: string): string {
  return reason.replace(/\.?\s*Resolution note:\s*$/, '');
}

function entryOf(kv: IKeyValue): Entry {
  return { key: kv.key.toString(), value: kv.value.toString() };
}

async function read(client: Etcd3, key: string): Promise<Version> {
  const { kvs } = await client.get(key).exec();
  const kv = kvs[0];
  return kv ? { value: kv.value.toString(), revision: BigInt(kv.mod_revision) } : { revision: 0n };
}

async function swap(
  client: Etcd3,
  { key, version, value }: { key: string; version: Version; value: string },
): Promise<boolean> {
  // etcd gives a key that is not there the revision 0 in a comparison.
  const answer = await client
    .if(key, 'Mod', '==', String(version.revision))
    .then(client.put(key).value(value))
    .commit();
  return answer.succeeded;
}

async function watch(client: Etcd3, options: WatchOptions): Promise<void> {
  const { prefix, revision, signal, onChanges } = options;
  if (signal.aborted) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watcher = client.watch().prefix(prefix).startRevision(String(revision)).watcher();
  const unanswered = setTimeout(() => reject(new Error(`no answer within ${callMs} ms`)), callMs);
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  watcher.on('connected', () => clearTimeout(unanswered));
  watcher.on('data', (answer) =>
    onChanges(
      answer.events.map(({ type, kv }) => (type === 'Delete' ? { key: kv.key.toString() } : entryOf(kv))),
    ),
  );
  watcher.on('error', (error) => reject(new Error(watchFault(error))));
  watcher.on('disconnected', (error) => reject(new Error(reasonOf(error) || 'the connection was lost')));
  watcher.on('end', () => reject(new Error('etcd ended the watch')));
  try {
    await promise;
  } finally {
    clearTimeout(unanswered);
    signal.removeEventListener('abort', stop);
    watcher.cancel().catch(() => undefined);
  }
}

/** etcd gives no reason where the revision is compacted, which is the commonest one. */
function watchFault(error: unknown): string {
  const reason = reasonOf(error).replace(/^Watcher canceled:?\s*/, '');
  return reason || 'the revision is compacted';
}

async function grant(client: Etcd3, seconds: number): Promise<Lease> {
  const lease = client.lease(seconds, { autoKeepAlive: false });
  lease.on('lost', () => undefined);
  const id = await lease.grant();
  return {
    id,
    async keepAlive() {
      await lease.keepaliveOnce({ deadline: Date.now() + callMs });
    },
    revoke: () => lease.revoke(),
  };
}
