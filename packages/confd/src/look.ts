import { join } from 'node:path';
import { createCertificateReader, readDefaultCertificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import type { createFaultReporter } from '@freehold/core/report-faults';
import type { Desired } from './desired.ts';
import { readHopKeys } from './hop-keys.ts';
import { createSiteReader } from './read-sites.ts';
import type { ConfdSettings } from './settings.ts';
import { isElsewhere, type Site, type Sites } from './site.ts';

type Entries = ReadonlyMap<string, string>;

/** What the etcd part of the desired state is read from. */
export interface Snapshot {
  readonly services: Entries;
  /** The revisions in which the services' keys were created. */
  readonly created: ReadonlyMap<string, bigint>;
  readonly hosts: Entries;
  readonly complete: boolean;
}

/** One look at everything: gives what HAProxy is to be told. */
export type Look = (snapshot: Snapshot) => Promise<Desired>;

/** Makes the function that turns etcd and the certificates into what HAProxy is to be told. */
export function createLook(
  settings: ConfdSettings,
  reportFaults: ReturnType<typeof createFaultReporter>,
): Look {
  const folder = settings.FREEHOLD_HAPROXY_DIR;
  const readSites = createSiteReader({
    host: settings.FREEHOLD_HOST,
    boot: settings.FREEHOLD_BOOT_ID,
    hopPort: settings.FREEHOLD_HOP_PORT,
    sitesNetwork: settings.FREEHOLD_SITES_NETWORK,
  });
  const readCertificates = createCertificateReader(join(folder, 'approved-certs'));
  return async ({ services, created, hosts, complete }) => {
    const certificates = await readCertificates();
    const own = await readDefaultCertificate(join(folder, 'default.pem'));
    const read = readSites({ services, created, hosts, certificates: certificates.found });
    const hop = settings.FREEHOLD_HOP_PORT === undefined ? { faults: [] } : await readHopKeys(folder);
    const ownFaults = 'reason' in own ? [own] : [];
    reportFaults([...read.faults, ...certificates.faults, ...ownFaults, ...hop.faults]);
    const { sites, others } = hop.keys ? read : { sites: withoutHops(read.sites), others: new Map() };
    return {
      sites,
      others,
      complete,
      defaultCertificate: 'reason' in own ? undefined : own,
      hopKeys: hop.keys,
    };
  };
}

/** Without keys for hops, a site of another host is known and not reached. */
function withoutHops(sites: Sites): Sites {
  const local = [...sites].map(([domain, site]): [Domain, Site] => {
    if (!isElsewhere(site)) return [domain, site];
    const backends = site.backends.map((one) => (one.remote ? { host: one.host } : one));
    return [domain, { ...site, backends }];
  });
  return new Map(local);
}
