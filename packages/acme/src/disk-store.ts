// The store of a host that is alone.
import { join } from 'node:path';
import { installCertificate } from './install-certificate.ts';
import type { Layout } from './layout.ts';
import { listSites } from './list-sites.ts';
import { exists, readSite } from './site-facts.ts';
import { hostState, readState, writeState } from './state.ts';
import type { Store } from './store.ts';

export function createDiskStore(layout: Layout): Store {
  const isHere = (name: string) => exists(join(layout.domains, name));
  return {
    listSites: () => listSites(layout),
    isSite: isHere,
    whyNoSite: (domain) => `${domain} has no data on this host: there is no ${join(layout.domains, domain)}.`,
    isHere,
    readSite: (domain, now) => readSite(layout, domain, now),
    async *readSites(domains, now) {
      for (const domain of domains) yield await readSite(layout, domain, now);
    },
    writeSite: (domain, state) => writeState(layout.siteState(domain), state),
    readHost: () => readState(layout.host, hostState),
    writeHost: (state) => writeState(layout.host, state),
    install: (issued) => installCertificate({ layout, ...issued }),
  };
}
