// How to get one site from what is served to what is desired by commands to the running worker. Pure.
import type { Certificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import { namesOf } from '@freehold/core/domain';
import type { Address } from '@freehold/core/service-record';
import { ownNames, securedNames } from './names.ts';
import { spareServer } from './render-haproxy-cfg.ts';
import { elsewhere, sharedHostOf, targetOf } from './render-hops.ts';
import { backupServer, localBackend } from './render-site.ts';
import { isElsewhere, isShared, type Site, type Sites, sameAddress } from './site.ts';

/** What one site needs. The parts are carried out in this order, each for all sites. */
export interface SitePlan {
  readonly domain: Domain;
  readonly servers: readonly ServerChange[];
  readonly certificate?: CertificateChange | undefined;
  readonly maps: readonly MapChange[];
  /** The spare backend that it takes. */
  readonly spare?: string | undefined;
  readonly gone?: true;
}

/** A server and what is to be the case of it; without an address it is in maintenance. */
export interface ServerChange {
  readonly backend: string;
  readonly server: string;
  readonly address?: Address | undefined;
  /** Whether it has its own check in HAProxy. */
  readonly isChecked: boolean;
}

export type CertificateChange =
  | { readonly kind: 'add'; readonly certificate: Certificate; readonly names: readonly Domain[] }
  | { readonly kind: 'replace'; readonly certificate: Certificate; readonly served: Certificate }
  | { readonly kind: 'remove'; readonly certificate: Certificate };

export interface MapChange {
  readonly map: 'hosts.map' | 'https.map' | 'hops.map';
  readonly kind: 'add' | 'set' | 'del';
  readonly name: string;
  readonly value?: string;
}

/** What the plan depends on besides the site itself. */
export interface Surroundings {
  /** What is served, and what is desired. */
  readonly before: Sites;
  readonly after: Sites;
  /** Other hosts that the running configuration has a backend for. */
  readonly hosts: ReadonlySet<string>;
  /** The spare backend that the site has, if any. */
  readonly spare: string | undefined;
  /** One that is free, if there is any. */
  readonly free: string | undefined;
}

/** The plan for a site, or undefined where it takes a reload. */
export function planSite(domain: Domain, around: Surroundings): SitePlan | undefined {
  const [past, next] = [around.before.get(domain), around.after.get(domain)];
  if (sharesNames(domain, around.before, around.after)) {
    // Which names are its own may depend on another site.
    if (!past || !next || !onlyReplaced(past, next)) return undefined;
  }
  if (past && next) return planChange(past, next, around);
  if (next) return planNew(next, around);
  return past ? planGone(past, around) : { domain, servers: [], maps: [] };
}

function planChange(past: Site, next: Site, around: Surroundings): SitePlan | undefined {
  const { domain } = next;
  const sameHosts =
    past.backends.length === next.backends.length &&
    past.backends.every(
      ({ host, remote }, index) =>
        host === next.backends[index]?.host && remote === next.backends[index]?.remote,
    );
  const secured = planCertificate(past, next, around);
  if (!sameHosts || secured === undefined) return undefined;
  if (sharedHostOf(next) !== undefined) {
    const target = targetOf(next);
    const moved = target === targetOf(past) ? [] : ownNames(next, around.after);
    const maps = moved.map((name) => ({ map: 'hosts.map', kind: 'set', name, value: target }) as const);
    return { domain, servers: [], certificate: secured.certificate, maps: [...maps, ...secured.maps] };
  }
  const servers = serversOf(next, around.spare).filter(({ host }) => hasMoved(past, next, host));
  return { domain, servers, ...secured };
}

function planNew(site: Site, around: Surroundings): SitePlan | undefined {
  const { domain, backends } = site;
  const secured = planCertificate(undefined, site, around);
  if (backends.length !== 1 || secured === undefined) return undefined;
  const names = ownNames(site, around.after);
  const host = sharedHostOf(site);
  if (host !== undefined) {
    if (!around.hosts.has(host)) return undefined;
    const maps = names.flatMap((name): MapChange[] => [
      { map: 'hops.map', kind: 'add', name, value: elsewhere },
      { map: 'hosts.map', kind: 'add', name, value: targetOf(site) },
    ]);
    return { domain, servers: [], certificate: secured.certificate, maps: [...maps, ...secured.maps] };
  }
  const spare = around.free;
  if (spare === undefined) return undefined;
  const maps: MapChange[] = [
    // The check of a spare backend finds its Host by this.
    { map: 'hosts.map', kind: 'add', name: spare, value: domain },
    ...names.map((name) => ({ map: 'hosts.map', kind: 'add', name, value: spare }) as const),
  ];
  const servers = serversOf(site, spare);
  return { domain, spare, servers, certificate: secured.certificate, maps: [...maps, ...secured.maps] };
}

function planGone(past: Site, around: Surroundings): SitePlan | undefined {
  const { domain } = past;
  const host = sharedHostOf(past);
  if (host === undefined && isElsewhere(past)) return undefined;
  const bare = { ...past, certificate: undefined };
  const secured = planCertificate(past, bare, around);
  if (secured === undefined) return undefined;
  const del = (map: MapChange['map'], name: string) => ({ map, kind: 'del', name }) as const;
  const names = ownNames(past, around.before);
  const maps = [
    ...secured.maps,
    ...names.map((name) => del('hosts.map', name)),
    ...(host === undefined ? [] : names.map((name) => del('hops.map', name))),
    ...(around.spare === undefined ? [] : [del('hosts.map', around.spare)]),
  ];
  const servers = host === undefined ? serversOf(withoutAddresses(past), around.spare) : [];
  return { domain, servers, certificate: secured.certificate, maps, gone: true };
}

/** What its certificate needs, or undefined where that takes a reload. */
function planCertificate(
  past: Site | undefined,
  next: Site,
  { before, after }: Surroundings,
): Pick<SitePlan, 'certificate' | 'maps'> | undefined {
  const [one, other] = [past?.certificate, next.certificate];
  if (one?.fingerprint === other?.fingerprint) return { maps: [] };
  if (one && other) {
    if (one.path !== other.path || one.names.join() !== other.names.join()) return undefined;
    return { certificate: { kind: 'replace', certificate: other, served: one }, maps: [] };
  }
  if (other) {
    const names = securedNames(next, after);
    const maps = names.map((name) => ({ map: 'https.map', kind: 'add', name, value: 'https' }) as const);
    return { certificate: { kind: 'add', certificate: other, names }, maps };
  }
  if (!one || !past) return { maps: [] };
  const maps = securedNames(past, before).map((name) => ({ map: 'https.map', kind: 'del', name }) as const);
  return { certificate: { kind: 'remove', certificate: one }, maps };
}

/** Whether its names stay what they are: its addresses and its certificate may be others. */
function onlyReplaced(past: Site, next: Site): boolean {
  return past.certificate?.names.join() === next.certificate?.names.join();
}

function hasMoved(past: Site, site: Site, name: string): boolean {
  const [one, other] = [past, site].map(
    ({ backends }) => backends.find(({ host }) => host === name)?.address,
  );
  return !sameAddress(one, other);
}

/** Whether a site's `www.` name is another site's own, or its own is another's `www.` name. */
function sharesNames(domain: Domain, ...all: Sites[]): boolean {
  const [, www] = namesOf(domain);
  return domain.startsWith('www.') || all.some((sites) => sites.has(www));
}

function withoutAddresses(site: Site): Site {
  return { ...site, backends: site.backends.map(({ address: _, ...rest }) => rest) };
}

/** All servers of a site, as render-site.ts writes them. */
function serversOf(site: Site, spare: string | undefined): (ServerChange & { host: string })[] {
  const { domain, backends } = site;
  const [backend, server] = spare === undefined ? [domain, undefined] : [spare, spareServer];
  return backends.flatMap(({ host, address, remote }) => {
    const one = { host, backend, server: server ?? host, address, isChecked: !remote };
    if (!isShared(site) || remote) return [one];
    const unchecked = { ...one, isChecked: false };
    return [
      one,
      { ...unchecked, server: backupServer(host) },
      { ...unchecked, backend: localBackend(domain) },
    ];
  });
}
