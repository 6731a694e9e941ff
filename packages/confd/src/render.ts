import { join } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import { type Domain, namesOf } from '@freehold/core/domain';
import type { FileSet } from '@freehold/core/publish';
import { renderHaproxyCfg } from './render-haproxy-cfg.ts';
import type { Site, Sites } from './site.ts';

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
}

/** All that HAProxy is to be told. */
export interface Desired {
  readonly sites: Sites;
  /** False until etcd has answered: then an unlisted name may be a site's, and gets 503 instead of 404. */
  readonly complete: boolean;
  readonly defaultCertificate?: Certificate | undefined;
}

/** The three files, in the order in which they are published: the map last, since it names what must be there. */
export function renderFiles(desired: Desired, layout: Layout): FileSet {
  return new Map([
    [join(layout.folder, 'crt-list'), renderCrtList(desired)],
    [join(layout.folder, 'haproxy.cfg'), renderHaproxyCfg(desired, layout)],
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

/** A site's names, but for a `www.` name that is a site of its own. */
function ownNames(site: Site, sites: Sites): Domain[] {
  return namesOf(site.domain).filter((name) => name === site.domain || !sites.has(name));
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
