import type { Domain } from '@freehold/core/domain';
import type { SiteFacts } from './site-facts.ts';
import type { HostState, SiteState } from './state.ts';

/** A certificate that a CA has issued, with its key; both in PEM. */
export interface Issued {
  readonly domain: Domain;
  readonly chain: string;
  readonly key: string;
  /** The directory of the CA. */
  readonly directory: string;
}

/** What acme knows and keeps between its runs: on the disk of a host that is alone, or in etcd of a cluster. */
export interface Store {
  /** The sites for which certificates may be ordered: they have been announced once, so they are installed completely. */
  listSites(): Promise<Domain[]>;
  /** Whether a name is that of a site, so that it has a certificate of its own. */
  isSite(name: Domain): Promise<boolean>;
  /** A sentence for a domain that is not a site. */
  whyNoSite(domain: Domain): string;
  /** Whether the site's data is on this host, so that its status is shown here. */
  isHere(domain: Domain): Promise<boolean>;
  /** @param now in milliseconds as in Date.now(): when the site is seen first, unless it was before. */
  readSite(domain: Domain, now: number): Promise<SiteFacts>;
  /** The same for many sites, in their order. */
  readSites(domains: readonly Domain[], now: number): AsyncIterable<SiteFacts>;
  writeSite(domain: Domain, state: SiteState): Promise<void>;
  readHost(): Promise<HostState | undefined>;
  writeHost(state: HostState): Promise<void>;
  /**
   * Puts a new certificate into use.
   *
   * @throws CaError if browsers would refuse it. @throws ClaimedError if a person has taken over meanwhile.
   */
  install(issued: Issued): Promise<void>;
}
