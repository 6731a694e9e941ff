import { sameBoot } from '@freehold/core/boot-id';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import { formatServiceKey, formatServiceRecord } from '@freehold/core/service-record';
import { type Backend, formatAddress } from './backend.ts';
import { probe } from './probe.ts';
import type { Host } from './settings.ts';
import type { SharedEtcd } from './shared-etcd.ts';
import { listSiteRecords, type SiteRecord } from './site-records.ts';
import { withEtcd } from './with-etcd.ts';

export interface AnnounceOptions {
  readonly domain: Domain;
  readonly backend: Backend;
  readonly host: Host;
  readonly shared: SharedEtcd;
  /** The time limit for the backend and etcd together, in seconds. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Waits until the backend answers, then writes its address to etcd. The record is written only if it has not
 * changed since before the probe; otherwise an older withdrawal or another announcement interfered, and the
 * backend is probed again. An identical record is written again, so that a withdrawal still in progress
 * leaves it alone.
 */
export async function announce(options: AnnounceOptions): Promise<void> {
  const { domain, backend, host, shared, signal, log } = options;
  using _ = shared.hold();
  const { app, address } = backend;
  const deadline = Date.now() + options.seconds * 1000;
  const etcdOptions = { address: host.etcd, shared, deadline, signal, log };
  const key = formatServiceKey({ app, domain, host: host.name });
  const value = formatServiceRecord({ boot: host.boot, address });
  const read = () => withEtcd(etcdOptions, (etcd) => listSiteRecords(etcd, { domain, host: host.name }));
  let written = false;
  while (!written) {
    const records = await read().catch(explain(options));
    refuseSecondSite(records, options);
    await probe({ domain, address, deadline, signal, log });
    const before = records.find((record) => record.key === key)?.version ?? { revision: 0n };
    written = await withEtcd(etcdOptions, (etcd) => etcd.swap(key, before, value)).catch(explain(options));
    if (!written && Date.now() > deadline) {
      throw new FreeholdError(`${app}@${domain} was not announced: other processes kept changing ${key}.`);
    }
  }
  log.info(`${app}@${domain} was announced at ${formatAddress(address)}.`);
}

/** @throws FreeholdError if another app serves the domain on this host in this boot. */
function refuseSecondSite(records: readonly SiteRecord[], { domain, backend, host }: AnnounceOptions): void {
  for (const { app, record } of records) {
    if (app === backend.app || !record?.address || !sameBoot(record.boot, host.boot)) continue;
    throw new FreeholdError(
      `${backend.app}@${domain} was not announced: ${app}@${domain} is announced on this host at ` +
        `${formatAddress(record.address)}, and one domain has one site. Stop it first; if it is stopped, ` +
        `'discovery withdraw ${domain} --app ${app}' removes it.`,
    );
  }
}

function explain({ domain, backend, seconds, signal }: AnnounceOptions) {
  return (error: unknown): never => {
    signal.throwIfAborted();
    throw new FreeholdError(
      `${backend.app}@${domain} was not announced after ${seconds} s of trying: ${reasonOf(error)}.`,
      { cause: error },
    );
  };
}
