import { retryUntil } from '@freehold/core/backoff';
import { reasonOf } from '@freehold/core/error';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import type { EtcdAddress } from '@freehold/core/etcd-address';
import type { Log } from '@freehold/core/log';

export interface EtcdOptions {
  readonly address: EtcdAddress;
  /** A time as in `Date.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Runs work with etcd and repeats it with a new connection while etcd is unreachable, up to the deadline;
 * then throws etcd's error. The work may run more than once.
 */
export async function withEtcd<T>(options: EtcdOptions, work: (etcd: Etcd) => Promise<T>): Promise<T> {
  const { address, deadline, signal, log } = options;
  let logged = false;
  const onRetry = (error: unknown) => {
    if (!logged) log.warning(`${reasonOf(error)}; trying again.`);
    logged = true;
  };
  const attempt = async () => {
    const etcd = connectEtcd(address);
    try {
      return await unlessAborted(work(etcd), signal);
    } finally {
      etcd.close();
    }
  };
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
