// What HAProxy has refused, so that it is not asked again until it changes.
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { FileSet } from '@freehold/core/publish';
import { findCulprits } from './find-culprits.ts';
import { type Site, type Sites, sameSite } from './site.ts';

export interface Refusals {
  /** The site less what was refused of it, if it has not changed since. */
  withhold(site: Site): Site;
  /** Forgets what was refused of a site that is gone. */
  forget(domain: Domain): void;
  /**
   * Quarantines a site's certificate, or, if it has none, the site's servers, and logs it. The certificate that is served,
   * if it is another one, stays in use. Returns whether there was anything left to quarantine.
   */
  add(site: Site, reason: string): boolean;
  /** Adds every site that HAProxy's words name; tells which. */
  addNamed(options: { reason: string; files: FileSet; sites: Sites }): Domain[];
}

interface Refused {
  /** The site's desired state, before anything of it was quarantined. */
  readonly asked: Site;
  readonly left: Site;
  readonly withheld: 'certificate' | 'all';
}

/** `desired` gives a site as it is asked for now, and `served` as HAProxy serves it. */
export function createRefusals(options: {
  log: Log;
  desired: (domain: Domain) => Site | undefined;
  served: (domain: Domain) => Site | undefined;
}): Refusals {
  const { log, desired, served } = options;
  const refused = new Map<Domain, Refused>();

  function withhold(site: Site): Site {
    const past = refused.get(site.domain);
    if (!past) return site;
    if (sameSite(site, past.asked)) return past.left;
    refused.delete(site.domain);
    return site;
  }

  function add(site: Site, reason: string): boolean {
    if (refused.get(site.domain)?.withheld === 'all') return false;
    const asked = desired(site.domain) ?? site;
    const withheld = site.certificate ? 'certificate' : 'all';
    const past = served(site.domain)?.certificate;
    const isKept =
      past !== undefined && site.certificate && past.fingerprint !== site.certificate.fingerprint;
    const left = withheld === 'all' ? bare(asked) : { ...asked, certificate: isKept ? past : undefined };
    refused.set(site.domain, { asked, left, withheld });
    const without = isKept ? 'keeps its previous certificate' : 'is served without its certificate';
    const what = site.certificate ? without : 'is quarantined';
    log.error(`HAProxy refused ${site.domain}, which ${what} until it changes: ${reason}`);
    return true;
  }

  function addNamed({ reason, files, sites }: Parameters<Refusals['addNamed']>[0]): Domain[] {
    const culprits = findCulprits(reason, files, sites).flatMap((domain) => sites.get(domain) ?? []);
    return culprits.filter((site) => add(site, reason)).map(({ domain }) => domain);
  }

  return { withhold, forget: (domain) => refused.delete(domain), add, addNamed };
}

/** The site is known, and that is all: its visitors get 503. */
export function bare({ domain, backends }: Site): Site {
  return { domain, backends: backends.map(({ address: _, ...rest }) => rest) };
}
