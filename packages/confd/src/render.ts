import { join } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import { type Domain, namesOf } from '@freehold/core/domain';
import type { FileSet } from '@freehold/core/publish';
import { renderHaproxyCfg } from './render-haproxy-cfg.ts';
import { localBackend } from './render-hops.ts';
import { isElsewhere, isHere, type Site, type Sites } from './site.ts';

/** Where things are, and on which ports HAProxy listens: the same in its container as in this one. */
export interface Layout {
  /** Holds haproxy.cfg, crt-list and hosts.map. */
  readonly folder: string;
  readonly sockets: string;
  readonly pages: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** False only where the kernel has no IPv6 at all. */
  readonly ipv6: boolean;
  /** Where the HAProxys of other hosts reach this one; undefined on a host that is alone. */
  readonly hop?: Hop | undefined;
}

/** The way between the HAProxys of a cluster's hosts. */
export interface Hop {
  /** This host's own address. */
  readonly ip: string;
  readonly port: number;
}

/** All that HAProxy is to be told. */
export interface Desired {
  readonly sites: Sites;
  /** False until etcd has answered: then an unlisted name may be a site's, and gets 503 instead of 404. */
  readonly complete: boolean;
  readonly defaultCertificate?: Certificate | undefined;
  /** Addresses of the other hosts; undefined for those that do not live. Empty on a host that is alone. */
  readonly others?: ReadonlyMap<string, string | undefined>;
  /** By it a renewed certificate for hops is a change. */
  readonly hopFingerprint?: string | undefined;
}

/** The files (three, or four in a cluster), in the order in which they are published: the map last, since it names what must be there. */
export function renderFiles(desired: Desired, layout: Layout): FileSet {
  return new Map([
    [join(layout.folder, 'crt-list'), renderCrtList(desired)],
    [join(layout.folder, 'haproxy.cfg'), renderHaproxyCfg(desired, layout)],
    ...(layout.hop ? [[join(layout.folder, 'hops.map'), renderHopsMap(desired.sites)] as const] : []),
    [join(layout.folder, 'hosts.map'), renderHostsMap(desired.sites)],
  ]);
}

/**
 * One certificate a line, each for its own site's names only, whatever else it claims to be for. The
 * fingerprints make a renewed certificate a changed file.
 */
function renderCrtList({ sites, defaultCertificate }: Desired): string {
  const lines = defaultCertificate ? [stamp(defaultCertificate), defaultCertificate.path] : [];
  for (const site of sites.values()) {
    if (!site.certificate) continue;
    lines.push(stamp(site.certificate), `${site.certificate.path} ${ownNames(site, sites).join(' ')}`);
  }
  return text(lines);
}

function stamp({ fingerprint }: Certificate): string {
  return `# sha256 ${fingerprint}`;
}

/** Host name to backend; a backend is called as its domain. */
function renderHostsMap(sites: Sites): string {
  const lines: string[] = [];
  for (const site of sites.values()) {
    for (const name of ownNames(site, sites)) lines.push(`${name} ${site.domain}`);
  }
  return text(lines);
}

/**
 * What other hosts may ask for that is not to be looked up in hosts.map, since that would lead back to them: a site
 * of here and elsewhere has a backend for what comes from there, one that is only elsewhere has none.
 */
function renderHopsMap(sites: Sites): string {
  const lines: string[] = [];
  for (const site of sites.values()) {
    if (!isElsewhere(site)) continue;
    const backend = isHere(site) ? localBackend(site.domain) : 'elsewhere';
    for (const name of ownNames(site, sites)) lines.push(`${name} ${backend}`);
  }
  return text(lines);
}

/** A site's names, but for a `www.` name that is a site of its own. */
function ownNames(site: Site, sites: Sites): Domain[] {
  return namesOf(site.domain).filter((name) => name === site.domain || !sites.has(name));
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
