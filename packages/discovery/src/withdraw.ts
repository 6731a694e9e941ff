import { sleep } from '@freehold/core/backoff';
import { sameBoot } from '@freehold/core/boot-id';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import { formatServiceRecord } from '@freehold/core/service-record';
import { formatAddress } from './backend.ts';
import { isAtRest } from './edge.ts';
import type { Host } from './settings.ts';
import type { SharedEtcd } from './shared-etcd.ts';
import { listSiteRecords, recordOf, type SiteRecord } from './site-records.ts';
import { type EtcdOptions, withEtcd } from './with-etcd.ts';

/** The interval at which HAProxy is polled, in milliseconds. */
const lookMs = 50;

export interface WithdrawOptions {
  readonly domain: Domain;
  readonly app?: string | undefined;
  readonly forget: boolean;
  readonly host: Host;
  readonly shared: SharedEtcd;
  /** The time limit for etcd, in seconds. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Removes the domain's address on this host from etcd, or forgets the domain; then, if an address was in use,
 * waits until HAProxy has finished the requests in progress.
 */
export async function withdraw(options: WithdrawOptions): Promise<void> {
  const { domain, app, host, shared, seconds, signal, log } = options;
  using _ = shared.hold();
  const etcdOptions = { address: host.etcd, shared, deadline: Date.now() + seconds * 1000, signal, log };
  try {
    const records = await withEtcd(etcdOptions, (etcd) =>
      listSiteRecords(etcd, { domain, app, host: host.name }),
    );
    if (records.length === 0) {
      log.info(`${app ? `${app}@` : ''}${domain} is not known on ${host.name}; nothing to withdraw.`);
    }
    let drain = false;
    for (const record of records) {
      const done = await withdrawOne(record, options, etcdOptions);
      log.info(`${record.app}@${domain}${addressOf(record)} ${done.sentence}`);
      drain ||= done.wasServed;
    }
    if (drain) await waitForRequests(options);
  } catch (error) {
    signal.throwIfAborted();
    throw new FreeholdError(`${domain} was not withdrawn after ${seconds} s of trying: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

type Outcome = { sentence: string; wasServed: boolean };

async function withdrawOne(
  site: SiteRecord,
  { forget, host }: WithdrawOptions,
  etcdOptions: EtcdOptions,
): Promise<Outcome> {
  const wasServed = site.record?.address !== undefined && sameBoot(site.record.boot, host.boot);
  if (forget) {
    await withEtcd(etcdOptions, (etcd) => etcd.delete(site.key));
    return { sentence: 'is forgotten.', wasServed };
  }
  if (site.record && !site.record.address) return { sentence: 'already has no address.', wasServed };
  const value = formatServiceRecord({ boot: site.record?.boot ?? host.boot });
  const swapped = await withEtcd(etcdOptions, (etcd) => etcd.swap(site.key, site.version, value));
  if (swapped || (await isWithdrawn(site.key, etcdOptions))) return { sentence: 'is withdrawn.', wasServed };
  return { sentence: 'was announced again in the meantime and stays.', wasServed: false };
}

/**
 * Whether the record has no address although it has changed since it was read: another withdrawal was faster.
 */
async function isWithdrawn(key: string, etcdOptions: EtcdOptions): Promise<boolean> {
  const { value } = await withEtcd(etcdOptions, (etcd) => etcd.read(key));
  return value === undefined || recordOf(value)?.address === undefined;
}

/** Waits at most for the configured time, and no longer than HAProxy has requests of the site. */
async function waitForRequests({ domain, host, signal, log }: WithdrawOptions): Promise<void> {
  const until = Date.now() + host.drainSeconds * 1000;
  while (Date.now() < until) {
    if (await isAtRest(host.haproxySockets, domain, host.name)) return log.info('No request is in progress.');
    await sleep(Math.min(lookMs, Math.max(until - Date.now(), 0)), signal);
    signal.throwIfAborted();
  }
  if (host.drainSeconds > 0) log.info(`Requests in progress had ${host.drainSeconds} s to finish.`);
}

function addressOf({ record }: SiteRecord): string {
  return record?.address ? ` at ${formatAddress(record.address)}` : '';
}
