// With its parts etcd-*.ts the only module that knows the etcd3 client, whose faults it answers: no deadlines of its own, a
// circuit that stays open, watches that go silent or lose events after a reconnect. A connection
// here is used until it first fails and then thrown away (see mirror.ts), so none of that is met.
import { type Etcd3, EtcdLeaseInvalidError } from 'etcd3';
import { FreeholdError, reasonOf } from './error.ts';
import type { EtcdAddress } from './etcd-address.ts';
import { callMs, commit, type Entry, entryOf, read, type Transaction, type Version } from './etcd-client.ts';
import { grantLease, keepLeaseAlive, revokeLease } from './etcd-lease.ts';
import { createMembers } from './etcd-members.ts';
import { type Change, type WatchOptions, watch } from './etcd-watch.ts';

export type { Change, Entry, Transaction, Version };

export interface Lease {
  readonly id: string;
  /**
   * Renews the lease at the first member that answers. A round of all members takes less than half of the lease's time,
   * so that a member that hangs does not let it expire. Tells whether there still is such a lease.
   */
  keepAlive(): Promise<boolean>;
  revoke(): Promise<void>;
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
  /**
   * Writes several keys in one transaction, if the guard holds. Gives its revision, else undefined. Where the first answer is
   * lost, it is tried again: a guard that the transaction itself changes does not hold then.
   */
  commit(transaction: Transaction): Promise<bigint | undefined>;
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

/**
 * Connects lazily: the first call says whether etcd is there. A member that does not answer is left for the next one,
 * once round for each call (a single member is connected to again once, as its connection may have ended); a watch is not
 * moved, as its caller has to list first.
 */
export function connectEtcd(address: EtcdAddress): Etcd {
  const { endpoints } = address;
  const members = createMembers(address);
  const among = endpoints.length > 1;
  const call = async <T>(
    what: string,
    run: (client: Etcd3) => PromiseLike<T>,
    tries = Math.max(2, endpoints.length),
  ): Promise<T> => {
    try {
      return await members.ask(run, tries);
    } catch (error) {
      const where = endpoints.join(', ');
      throw new FreeholdError(`etcd at ${where} could not ${what}: ${withoutNote(reasonOf(error))}`, {
        cause: error,
      });
    }
  };
  return {
    list: (prefix) =>
      call(`list ${prefix}`, async (client) => {
        const answer = await client.getAll().prefix(prefix).exec();
        return { entries: answer.kvs.map(entryOf), revision: BigInt(answer.header.revision) };
      }),
    keys: (prefix) => call(`list ${prefix}`, (client) => client.getAll().prefix(prefix).keys()),
    get: (key) => call(`read ${key}`, async (client) => (await client.get(key).string()) ?? undefined),
    read: (key) => call(`read ${key}`, (client) => read(client, key)),
    swap: async (key, { revision }, value) => {
      const transaction = { guard: { key, revision }, puts: [{ key, value }] };
      return (await call(`write ${key}`, (client) => commit(client, transaction))) !== undefined;
    },
    commit: (transaction) => {
      const { puts = [], deletes = [] } = transaction;
      const keys = [...puts.map(({ key }) => key), ...deletes].join(', ');
      return call(`write ${keys}`, (client) => commit(client, transaction));
    },
    first: (start, end) =>
      call(
        `list ${start}`,
        async (client) => (await client.getAll().inRange({ start, end }).limit(1).keys())[0],
      ),
    put: (key, value) =>
      call(`write ${key}`, async (client) => {
        await client.put(key).value(value).exec();
      }),
    putLeased: (key, value, lease) =>
      call(`write ${key}`, async (client) => {
        await client.put(key).value(value).lease(lease.id).exec();
      }),
    delete: (key) =>
      call(`delete ${key}`, async (client) => (await client.delete().key(key).exec()).deleted !== '0'),
    watch: (options) => call(`watch ${options.prefix}`, (client) => watch(client, { ...options, among }), 1),
    async grant(seconds) {
      const id = await call('grant a lease', (client) => grantLease(client, seconds));
      const withinMs = Math.min(callMs, (seconds * 1000) / 2 / endpoints.length);
      return {
        id,
        keepAlive: () =>
          call(`renew lease ${id}`, (client) => keptAlive(client, { id, withinMs }), endpoints.length),
        revoke: () => call(`revoke lease ${id}`, (client) => revokeLease(client, id)),
      };
    },
    close: members.close,
  };
}

async function keptAlive(client: Etcd3, options: { id: string; withinMs: number }): Promise<boolean> {
  try {
    await keepLeaseAlive(client, options);
    return true;
  } catch (error) {
    if (error instanceof EtcdLeaseInvalidError) return false;
    throw error;
  }
}

/** gRPC ends some reasons with the title of a note that is empty. */
function withoutNote(reason: string): string {
  return reason.replace(/\.?\s*Resolution note:\s*$/, '');
}
