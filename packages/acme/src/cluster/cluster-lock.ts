// One member at a time orders for all. It holds a key of etcd under a lease, so that another one continues when it dies.
import { randomUUID } from 'node:crypto';
import { retryUntil, sleep } from '@freehold/core/backoff';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Etcd, Lease, Transaction } from '@freehold/core/etcd';
import type { Log } from '@freehold/core/log';
import { lockKey } from './etcd-keys.ts';

export interface ClusterLock {
  /** Aborts when the lock is lost. */
  readonly signal: AbortSignal;
  /** Writes in one transaction. @throws FreeholdError if the lock is lost, so that nothing is written over another member's. */
  write(transaction: Omit<Transaction, 'guard'>): Promise<void>;
}

/** So long after its death a member's lock is free, in seconds. */
const leaseSeconds = 20;
/** How often a lock that another member has is tried again, in milliseconds. */
const everyMs = 1000;

interface Taken {
  readonly lease: Lease;
  readonly revision: bigint;
}

/** Does the work while no other member does. `whileWaiting` is called time and again before. */
export async function withClusterLock<T>(
  options: {
    etcd: Etcd;
    host: string;
    signal: AbortSignal;
    log: Log;
    whileWaiting: () => Promise<void>;
  },
  work: (lock: ClusterLock) => Promise<T>,
): Promise<T> {
  const { etcd, host, signal, log, whileWaiting } = options;
  const own = `${host} ${randomUUID()}`;
  for (let first = true; ; first = false) {
    signal.throwIfAborted();
    const taken = await takeLock(etcd, own);
    if (typeof taken !== 'string') return hold(taken, { etcd, signal }, work);
    if (first) log.info(`${taken} is ordering certificates for all members; waiting for it to end.`);
    await whileWaiting();
    await sleep(everyMs, signal);
  }
}

/** Gives who has it where it is not free. */
async function takeLock(etcd: Etcd, own: string): Promise<Taken | string> {
  const found = await etcd.read(lockKey);
  if (found.value) return holderOf(found.value);
  const lease = await etcd.grant(leaseSeconds);
  const guard = { key: lockKey, revision: found.revision };
  const revision = await etcd.commit({ guard, puts: [{ key: lockKey, value: own, lease: lease.id }] });
  if (revision !== undefined) return { lease, revision };
  // It may be this one's own, if only the answer was lost.
  const now = await etcd.read(lockKey);
  if (now.value === own) return { lease, revision: now.revision };
  await lease.revoke();
  return holderOf(now.value);
}

function holderOf(value: string | undefined): string {
  return value?.split(' ')[0] || 'Another member';
}

async function hold<T>(
  { lease, revision }: Taken,
  { etcd, signal }: { etcd: Etcd; signal: AbortSignal },
  work: (lock: ClusterLock) => Promise<T>,
): Promise<T> {
  const [lost, ended] = [new AbortController(), new AbortController()];
  const guard = { key: lockKey, revision };
  const keeping = keepAlive(lease, ended.signal).catch((error) => lost.abort(lockLost(reasonOf(error))));
  try {
    return await work({
      signal: AbortSignal.any([signal, lost.signal]),
      async write(transaction) {
        if ((await etcd.commit({ ...transaction, guard })) === undefined)
          throw lockLost('another member has it');
      },
    });
  } finally {
    ended.abort();
    await keeping;
    // Emptied and not deleted: its deletion tells all members that its holder has died.
    await etcd.commit({ guard, puts: [{ key: lockKey, value: '' }] }).catch(() => undefined);
    await lease.revoke().catch(() => undefined);
  }
}

function lockLost(why: string): FreeholdError {
  return new FreeholdError(
    `This member stopped ordering certificates for all, because it has lost the lock in etcd: ${why}. Another member continues.`,
  );
}

/** Renews the lease until the signal aborts. @throws FreeholdError if it has expired. */
async function keepAlive(lease: Lease, signal: AbortSignal): Promise<void> {
  let renewed = Date.now();
  while (!signal.aborted) {
    await sleep((leaseSeconds * 1000) / 4, signal);
    if (signal.aborted) return;
    const before = Date.now();
    const deadline = renewed + leaseSeconds * 1000;
    const there = await retryUntil(() => lease.keepAlive(), { deadline, signal, maxMs: 500 }).catch(
      (error) => {
        if (signal.aborted) return true;
        throw error;
      },
    );
    if (!there) throw new FreeholdError('its lease has expired');
    renewed = before;
  }
}
