// The host names of a site, beside those of all others.
import { type Domain, namesOf } from '@freehold/core/domain';
import type { Site, Sites } from './site.ts';

/** A site's names, but for a `www.` name that is a site of its own. */
export function ownNames({ domain }: Site, sites: Sites): Domain[] {
  return namesOf(domain).filter((name) => name === domain || !sites.has(name));
}

/** The site's names that its own certificate covers. */
export function securedNames(site: Site, sites: Sites): Domain[] {
  return ownNames(site, sites).filter((name) => site.certificate?.names.includes(name));
}
