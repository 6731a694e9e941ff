import { retryUntil } from '@freehold/core/backoff';
import { reasonOf } from '@freehold/core/error';
import type { Etcd } from '@freehold/core/etcd';
import type { EtcdAddress } from '@freehold/core/etcd-address';
import type { Log } from '@freehold/core/log';
import type { SharedEtcd } from './shared-etcd.ts';

export interface EtcdOptions {
  readonly address: EtcdAddress;
  readonly shared: SharedEtcd;
  /** A time as in `Date.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Runs work with etcd and repeats it while etcd is unreachable, up to the deadline;
 * then throws etcd's error. The work may run more than once.
 */
export async function withEtcd<T>(options: EtcdOptions, work: (etcd: Etcd) => Promise<T>): Promise<T> {
  const { address, shared, deadline, signal, log } = options;
  let logged = false;
  const onRetry = (error: unknown) => {
    if (!logged) log.warning(`${reasonOf(error)}; trying again.`);
    logged = true;
  };
  const attempt = () => unlessAborted(work(shared.connect(address)), signal);
  return retryUntil(attempt, { deadline, signal, onRetry });
}

/** A call to a silent etcd takes seconds to fail; a stopped program does not wait for that. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
