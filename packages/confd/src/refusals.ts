// What HAProxy has refused, so that it is not asked again until it changes.
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { FileSet } from '@freehold/core/publish';
import { findCulprits } from './find-culprits.ts';
import type { Site, Sites } from './site.ts';

export interface Refusals {
  /** The sites less what was refused of them and has not changed since. */
  withhold(sites: Sites): Sites;
  /**
   * Withholds a site's certificate, or where it has none, the site's servers; and says so. Tells
   * whether there was anything left to withhold.
   */
  add(site: Site, reason: string): boolean;
  /** Adds every site that HAProxy's words name; tells how many that were. */
  addNamed(options: { reason: string; files: FileSet; sites: Sites }): number;
}

export function createRefusals(log: Log): Refusals {
  const refused = new Map<Domain, { asked: string; withheld: 'certificate' | 'all' }>();
  // As each site was asked for, before anything of it was withheld.
  let asked: Sites = new Map();

  function withhold(sites: Sites): Sites {
    asked = sites;
    const left = new Map(sites);
    for (const [domain, past] of refused) {
      const site = sites.get(domain);
      if (!site || JSON.stringify(site) !== past.asked) refused.delete(domain);
      else left.set(domain, past.withheld === 'all' ? bare(site) : { ...site, certificate: undefined });
    }
    return left;
  }

  function add(site: Site, reason: string): boolean {
    if (refused.get(site.domain)?.withheld === 'all') return false;
    const withheld = site.certificate ? 'certificate' : 'all';
    refused.set(site.domain, { asked: JSON.stringify(asked.get(site.domain)), withheld });
    const what = site.certificate ? 'is served without its certificate' : 'is left out';
    log.error(`HAProxy refused ${site.domain}, which ${what} until it changes: ${reason}`);
    return true;
  }

  function addNamed({ reason, files, sites }: Parameters<Refusals['addNamed']>[0]): number {
    const culprits = findCulprits(reason, files, sites).flatMap((domain) => sites.get(domain) ?? []);
    return culprits.filter((site) => add(site, reason)).length;
  }

  return { withhold, add, addNamed };
}

/** The site is known, and that is all: its visitors get 503. */
export function bare({ domain, backends }: Site): Site {
  return { domain, backends: backends.map(({ address: _, ...rest }) => rest) };
}
