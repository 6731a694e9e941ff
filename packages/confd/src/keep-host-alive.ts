// Says under a lease that this host is alive: when it dies, its addresses stop to count elsewhere.
import { networkInterfaces } from 'node:os';
import { backoff, retryUntil, sleep } from '@freehold/core/backoff';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import type { EtcdAddress } from '@freehold/core/etcd-address';
import { formatHostRecord } from '@freehold/core/host-record';
import type { Log } from '@freehold/core/log';

/**
 * A host counts as dead this long after its last sign of life: under 10 s together with the 2 s that etcd's members take
 * to choose a leader, should it have been on that host.
 */
const leaseSeconds = 7;

/** A new lease is tried for at least so often, in milliseconds: etcd that comes back counts from then. */
const mostMs = 1000;

/** Puts `/hosts/HOST` and keeps it until the signal aborts; failures are retried. */
export async function keepHostAlive(options: {
  etcd: EtcdAddress;
  host: string;
  ip: string;
  boot: string;
  signal: AbortSignal;
  log: Log;
}): Promise<void> {
  const { etcd: address, signal, log } = options;
  let delays = backoff({ maxMs: mostMs });
  let lost = false;
  // One connection for all of it: it knows which members do not answer, and does not begin with them again.
  const etcd = connectEtcd(address);
  while (!signal.aborted) {
    try {
      await holdLease(etcd, options, () => {
        if (lost) log.notice('The other hosts consider this host alive again.');
        lost = false;
        delays = backoff({ maxMs: mostMs });
      });
    } catch (error) {
      if (!lost && !signal.aborted) {
        log.warning(
          `The other hosts consider this host dead, because its lease was not renewed: ${reasonOf(error)}`,
        );
      }
      lost = true;
    }
    if (!signal.aborted) await sleep(delays.next().value, signal);
  }
  etcd.close();
}

async function holdLease(
  etcd: Etcd,
  options: { host: string; ip: string; boot: string; signal: AbortSignal },
  onHeld: () => void,
): Promise<void> {
  const { host, ip, boot, signal } = options;
  const { key, value } = formatHostRecord({ host, ip, boot });
  const lease = await etcd.grant(leaseSeconds);
  await etcd.putLeased(key, value, lease);
  onHeld();
  let renewed = Date.now();
  while (!signal.aborted) {
    await sleep((leaseSeconds * 1000) / 3, signal);
    if (signal.aborted) return;
    const deadline = renewed + leaseSeconds * 1000;
    const before = Date.now();
    const there = await retryUntil(() => lease.keepAlive(), { deadline, signal, maxMs: 200 });
    if (!there) throw new FreeholdError('the lease has expired');
    renewed = before;
  }
}

/** The address at which other hosts reach this one unless told: the first that is not loopback. */
export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return (
    (all.find(({ internal, family }) => !internal && family === 'IPv4') ?? all[0])?.address ?? '127.0.0.1'
  );
}
