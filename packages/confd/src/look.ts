import { join } from 'node:path';
import { createCertificateReader, readDefaultCertificate } from '@freehold/core/certificate-folder';
import type { createFaultReporter } from '@freehold/core/report-faults';
import type { Desired } from './desired.ts';
import { createSiteReader } from './read-sites.ts';
import type { ConfdSettings } from './settings.ts';

type Entries = ReadonlyMap<string, string>;

/** What the etcd part of the desired state is read from. */
export interface Snapshot {
  readonly services: Entries;
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
  return async ({ services, hosts, complete }) => {
    const certificates = await readCertificates();
    const own = await readDefaultCertificate(join(folder, 'default.pem'));
    const { sites, others, faults } = readSites({ services, hosts, certificates: certificates.found });
    const ownFaults = 'reason' in own ? [own] : [];
    reportFaults([...faults, ...certificates.faults, ...ownFaults]);
    const hop = settings.FREEHOLD_HOP_PORT
      ? await readDefaultCertificate(join(folder, 'hop.pem'))
      : undefined;
    return {
      sites,
      others,
      complete,
      defaultCertificate: 'reason' in own ? undefined : own,
      hopFingerprint: hop && !('reason' in hop) ? hop.fingerprint : undefined,
    };
  };
}
