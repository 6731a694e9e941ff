import { join } from 'node:path';
import { type Certificate, createCertificateCache } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import { createFaultReporter, type Fault } from '@freehold/core/report-faults';
import { readDefault } from './default-certificate.ts';
import type { Desired } from './desired.ts';
import type { Changes } from './dirty.ts';
import { type HopKeys, readHopKeys } from './hop-keys.ts';
import type { ConfdSettings } from './settings.ts';
import { createSiteTable } from './site-table.ts';

type Entries = ReadonlyMap<string, string>;

/** What the etcd part of the desired state is read from. */
export interface Snapshot {
  readonly services: Entries;
  /** The revisions in which the services' keys were created. */
  readonly created: ReadonlyMap<string, bigint>;
  readonly hosts: Entries;
  readonly complete: boolean;
}

/** Looks at what has changed, or at everything; gives the desired state, and the domains that are different now. */
export type Look = (
  snapshot: Snapshot,
  changes: Changes,
) => Promise<{ desired: Desired; changed: Set<Domain> }>;

/** More names than this are only counted. */
const mostNames = 10;

/** Makes the function that turns etcd and the certificates into what HAProxy is to be told. */
export function createLook(settings: ConfdSettings, log: Log): Look {
  const folder = settings.FREEHOLD_HAPROXY_DIR;
  const table = createSiteTable({
    host: settings.FREEHOLD_HOST,
    boot: settings.FREEHOLD_BOOT_ID,
    hopPort: settings.FREEHOLD_HOP_PORT,
    sitesNetwork: settings.FREEHOLD_SITES_NETWORK,
  });
  const certificates = createCertificateCache(join(folder, 'approved-certs'));
  const reportFaults = createFaultReporter(log);
  let own: Own | undefined;
  let first = true;

  return async ({ complete, ...entries }, { keys, certificates: files, own: ownChanged, everything }) => {
    const secured = await certificates.refresh(files);
    if (!own || ownChanged || everything) own = await readOwn(settings);
    const sources = { ...entries, certificates: certificates.found, hopKeys: own.hopKeys !== undefined };
    const changed = table.update(sources, { keys, certificates: secured });
    if (everything) {
      await certificates.refresh();
      const missed = table.updateAll(sources);
      if (!first && missed.size > 0) logMissed(log, missed);
      for (const domain of missed) changed.add(domain);
    }
    first = false;
    reportFaults([...table.faults(), ...certificates.faults(), ...own.faults]);
    const { defaultCertificate, hopKeys } = own;
    const desired = { sites: table.sites, others: table.others(), complete, defaultCertificate, hopKeys };
    return { desired, changed };
  };
}

/** The host's own certificates. */
interface Own {
  readonly defaultCertificate: Certificate | undefined;
  readonly hopKeys: HopKeys | undefined;
  readonly faults: readonly Fault[];
}

async function readOwn(settings: ConfdSettings): Promise<Own> {
  const folder = settings.FREEHOLD_HAPROXY_DIR;
  const { certificate: defaultCertificate, faults } = await readDefault(folder);
  const hop = settings.FREEHOLD_HOP_PORT === undefined ? { faults: [] } : await readHopKeys(folder);
  return { defaultCertificate, hopKeys: hop.keys, faults: [...faults, ...hop.faults] };
}

function logMissed(log: Log, missed: ReadonlySet<Domain>): void {
  const names = missed.size > mostNames ? `${missed.size} sites` : [...missed].join(', ');
  log.notice(`A full comparison found changes that no event had reported: ${names}.`);
}
