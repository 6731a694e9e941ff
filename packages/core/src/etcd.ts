// With its parts etcd-*.ts, the only module that uses the etcd3 client. It works around that client's faults:
// no deadlines, a circuit breaker that stays open, watches that go silent or lose events after a reconnect. A
// connection here is used until it first fails and then discarded (see mirror.ts), which avoids all of them.
import { type Etcd3, EtcdLeaseInvalidError } from 'etcd3';
import { FreeholdError, reasonOf } from './error.ts';
import type { EtcdAddress } from './etcd-address.ts';
import {
  callMs,
  commit,
  type Entry,
  entryOf,
  type Page,
  read,
  readPage,
  type Transaction,
  type Version,
} from './etcd-client.ts';
import { grantLease, keepLeaseAlive, revokeLease } from './etcd-lease.ts';
import { createMembers } from './etcd-members.ts';
import { type Change, type WatchOptions, watch } from './etcd-watch.ts';

export type { Change, Entry, Page, Transaction, Version };

export interface Lease {
  readonly id: string;
  /**
   * Renews the lease at the first member that answers. A round of all members takes less than half of the
   * lease's time, so that a hanging member does not let it expire. Returns whether the lease still exists.
   */
  keepAlive(): Promise<boolean>;
  revoke(): Promise<void>;
}

export interface Etcd {
  /** All entries under a prefix, and the revision of that snapshot. */
  list(prefix: string): Promise<{ entries: Entry[]; revision: bigint }>;
  /**
   * The entries under a prefix that were written in the revision `since` or later (all without it), in pages that each
   * are of one revision, so that large values are neither sent nor kept all at once. What changes meanwhile may be in
   * it or not: `since` of the next call is the revision after that of the first page.
   */
  pages(prefix: string, options?: { since?: bigint | undefined }): AsyncGenerator<Page>;
  /** All keys under a prefix. */
  keys(prefix: string): Promise<string[]>;
  get(key: string): Promise<string | undefined>;
  /**
   * The current state of a key, to be passed to `swap` or examined. Its `revision` is 0 if it does not exist.
   */
  read(key: string): Promise<Version>;
  /**
   * Writes a key in one transaction, but only if it has not changed since it was read; returns whether it was
   * written.
   */
  swap(key: string, read: Version, value: string): Promise<boolean>;
  /**
   * Writes several keys in one transaction if the guard holds. Returns its revision, otherwise undefined. If the first
   * answer is lost, it is retried: a guard that the transaction itself changes does not hold then.
   */
  commit(transaction: Transaction): Promise<bigint | undefined>;
  /** The first key of a range; `end` is exclusive. */
  first(start: string, end: string): Promise<string | undefined>;
  /** Writes one key in one transaction. */
  put(key: string, value: string): Promise<void>;
  /** Writes a key that is bound to the lease. */
  putLeased(key: string, value: string, lease: Lease): Promise<void>;
  /** Deletes the key; returns whether it existed. */
  delete(key: string): Promise<boolean>;
  /**
   * Passes on every change from `revision` on, in batches. Resolves when the signal aborts and rejects at the
   * first sign of trouble; the caller then lists again.
   */
  watch(options: WatchOptions): Promise<void>;
  /** Grants a lease for a number of seconds. */
  grant(seconds: number): Promise<Lease>;
  close(): void;
}

/**
 * Connects lazily: only the first call shows whether etcd can be reached. If a member does not answer, each
 * call tries the others once (a single member is tried once more, since its connection may have ended). A
 * watch does not move to another member, since its caller must list first.
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
    async *pages(prefix, { since } = {}) {
      for (let after: string | undefined; ; ) {
        const from = after;
        const page = await call(`list ${prefix}`, (client) =>
          readPage(client, { prefix, after: from, since }),
        );
        yield page;
        after = page.entries.at(-1)?.key;
        if (!page.more || after === undefined) return;
      }
    },
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

/** gRPC ends some reasons with the heading of an empty note. */
function withoutNote(reason: string): string {
  return reason.replace(/\.?\s*Resolution note:\s*$/, '');
}
