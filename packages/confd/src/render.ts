import { join } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import type { FileSet } from '@freehold/core/publish';
import type { Desired, Layout } from './desired.ts';
import { ownNames, securedNames } from './names.ts';
import { renderHaproxyCfg } from './render-haproxy-cfg.ts';
import { elsewhere, targetOf } from './render-hops.ts';
import { localBackend } from './render-site.ts';
import { isElsewhere, isElsewhereOnly, isHere, type Sites, sorted } from './site.ts';

/** The files (four, or five in a cluster), in the order in which they are published: the map last, since it names what must be there. */
export function renderFiles(desired: Desired, layout: Layout): FileSet {
  return new Map([
    [join(layout.folder, 'crt-list'), renderCrtList(desired)],
    [join(layout.folder, 'haproxy.cfg'), renderHaproxyCfg(desired, layout)],
    [join(layout.folder, 'https.map'), renderHttpsMap(desired.sites)],
    ...(layout.hop ? [[join(layout.folder, 'hops.map'), renderHopsMap(desired.sites)] as const] : []),
    [join(layout.folder, 'hosts.map'), renderHostsMap(desired.sites)],
  ]);
}

/**
 * One certificate a line, each for those of its own site's names that it covers, whatever else it claims to be for. The
 * fingerprints make a renewed certificate a changed file.
 */
function renderCrtList({ sites, defaultCertificate }: Desired): string {
  const lines = defaultCertificate ? [stamp(defaultCertificate), defaultCertificate.path] : [];
  for (const site of sorted(sites)) {
    if (!site.certificate) continue;
    lines.push(stamp(site.certificate), `${site.certificate.path} ${securedNames(site, sites).join(' ')}`);
  }
  return text(lines);
}

function stamp({ fingerprint }: Certificate): string {
  return `# sha256 ${fingerprint}`;
}

/** Host name to backend: one called as its domain, or that of another host. */
function renderHostsMap(sites: Sites): string {
  const lines: string[] = [];
  for (const site of sorted(sites)) {
    const backend = isElsewhereOnly(site) ? targetOf(site) : site.domain;
    for (const name of ownNames(site, sites)) lines.push(`${name} ${backend}`);
  }
  return text(lines);
}

/**
 * What other hosts may ask for that is not to be looked up in hosts.map, since that would lead back to them: a site
 * of here and elsewhere has a backend for what comes from there, one that is only elsewhere has none.
 */
function renderHopsMap(sites: Sites): string {
  const lines: string[] = [];
  for (const site of sorted(sites)) {
    if (!isElsewhere(site)) continue;
    const backend = isHere(site) ? localBackend(site.domain) : elsewhere;
    for (const name of ownNames(site, sites)) lines.push(`${name} ${backend}`);
  }
  return text(lines);
}

/** The names that port 80 redirects to https. */
function renderHttpsMap(sites: Sites): string {
  return text(sorted(sites).flatMap((site) => securedNames(site, sites).map((name) => `${name} https`)));
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
