import type { Domain } from '@freehold/core/domain';
import type { Desired } from './desired.ts';
import { bare } from './refusals.ts';
import { type Site, type Sites, sameSite, sorted } from './site.ts';

/** Domains whose site is new, gone or different, in the order in which they are written down. */
export function changesBetween(before: Sites | undefined, after: Sites): Domain[] {
  const changed = sorted(after).filter((site) => !isSame(before?.get(site.domain), site));
  const gone = [...(before?.keys() ?? [])].filter((domain) => !after.has(domain));
  return [...changed.map(({ domain }) => domain), ...gone];
}

/** What was served before, with some of the changes; if nothing was, all sites are known and that is all. */
export function withSome(before: Desired | undefined, whole: Desired, some: readonly Domain[]): Desired {
  const base = before ?? {
    ...whole,
    sites: new Map([...whole.sites].map(([name, site]) => [name, bare(site)])),
  };
  const sites = new Map(base.sites);
  for (const domain of some) {
    const site = whole.sites.get(domain);
    if (site) sites.set(domain, site);
    else sites.delete(domain);
  }
  // A site on a new host refers to the backend of that host: without it, HAProxy would refuse a site that is in order.
  return { ...base, sites, others: new Map([...(whole.others ?? []), ...(base.others ?? [])]) };
}

/** Whether a reload is needed for what is not part of any site. The host's own certificates can be replaced without one. */
export function differsInCommon(one: Desired, other: Desired): boolean {
  return (
    one.complete !== other.complete ||
    one.defaultCertificate?.path !== other.defaultCertificate?.path ||
    (one.hopKeys === undefined) !== (other.hopKeys === undefined) ||
    !sameHosts(one, other)
  );
}

/** A host that dies or comes back changes all its sites at once, and the checks of it. */
function sameHosts({ others: one = new Map() }: Desired, { others: other = new Map() }: Desired): boolean {
  return one.size === other.size && [...one].every(([host, ip]) => other.has(host) && other.get(host) === ip);
}

function isSame(one: Site | undefined, other: Site): boolean {
  return one !== undefined && sameSite(one, other);
}
