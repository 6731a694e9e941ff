import { join } from 'node:path';
import { type Domain, namesOf } from '@freehold/core/domain';
import type { FileSet } from '@freehold/core/publish';
import { copyOf } from './certificate-copies.ts';
import type { Desired, Layout } from './desired.ts';
import type { HopKeys } from './hop-keys.ts';
import { ownNames, securedNames } from './names.ts';
import { renderHaproxyCfg } from './render-haproxy-cfg.ts';
import { elsewhere, targetOf } from './render-hops.ts';
import { localBackend, renderBackend } from './render-site.ts';
import { isElsewhere, isElsewhereOnly, isHere, type Site, type Sites } from './site.ts';

/** What the files have of one site. */
interface SiteTexts {
  readonly backend: string;
  readonly crtList: string;
  readonly httpsMap: string;
  readonly hopsMap: string;
  readonly hostsMap: string;
}

/** What the texts of a site depend on besides the site. */
interface Beside {
  /** Of the certificate for host-to-host proxying. */
  readonly path: string | undefined;
  /** Whether its `www.` name is a site of its own. */
  readonly isWwwTaken: boolean;
}

/**
 * Makes a function that renders the files (four, or five in a cluster), in the order in which they are published: the map
 * last, since it names what must be there. A site that has not changed since the last time is not rendered again.
 */
export function createRenderer(layout: Layout): (desired: Desired) => FileSet {
  const known = new WeakMap<Site, { beside: Beside; texts: SiteTexts }>();
  let order: Domain[] = [];

  function textsOf(site: Site, sites: Sites, keys: HopKeys | undefined): SiteTexts {
    const isWwwTaken = sites.has(namesOf(site.domain)[1]);
    const past = known.get(site);
    if (past && past.beside.path === keys?.certificatePath && past.beside.isWwwTaken === isWwwTaken)
      return past.texts;
    const texts = renderSite(site, { sites, keys, folder: layout.folder });
    known.set(site, { beside: { path: keys?.certificatePath, isWwwTaken }, texts });
    return texts;
  }

  return ({ sites, ...rest }) => {
    const isSameOrder = order.length === sites.size && order.every((domain) => sites.has(domain));
    if (!isSameOrder) order = [...sites.keys()].sort();
    const all = order.flatMap((domain) => {
      const site = sites.get(domain);
      return site ? [textsOf(site, sites, rest.hopKeys)] : [];
    });
    const part = (name: keyof SiteTexts) => all.map((texts) => texts[name]).join('');
    const { defaultCertificate } = rest;
    const own = defaultCertificate ? text([copyOf(layout.folder, defaultCertificate)]) : '';
    return new Map([
      [join(layout.folder, 'crt-list'), `${own}${part('crtList')}`],
      [join(layout.folder, 'haproxy.cfg'), renderHaproxyCfg({ ...rest, backends: part('backend') }, layout)],
      [join(layout.folder, 'https.map'), part('httpsMap')],
      ...(layout.hop ? [[join(layout.folder, 'hops.map'), part('hopsMap')] as const] : []),
      [join(layout.folder, 'hosts.map'), part('hostsMap')],
    ]);
  };
}

/** Renders the files once. */
export function renderFiles(desired: Desired, layout: Layout): FileSet {
  return createRenderer(layout)(desired);
}

function renderSite(
  site: Site,
  { sites, keys, folder }: { sites: Sites; keys: HopKeys | undefined; folder: string },
): SiteTexts {
  const names = ownNames(site, sites);
  const secured = securedNames(site, sites);
  return {
    // A site that is on one other host only has that host's backend.
    backend: isElsewhereOnly(site) ? '' : renderBackend(site, keys),
    crtList: renderEntry(site, secured, folder),
    // The names that port 80 redirects to https.
    httpsMap: text(secured.map((name) => `${name} https`)),
    hopsMap: renderHopsMap(site, names),
    // Host name to backend: one called as its domain, or that of another host.
    hostsMap: text(names.map((name) => `${name} ${isElsewhereOnly(site) ? targetOf(site) : site.domain}`)),
  };
}

/** The certificate, for those of its own site's names that it covers, whatever else it claims to be for. */
function renderEntry({ certificate }: Site, secured: readonly Domain[], folder: string): string {
  if (!certificate) return '';
  return text([`${copyOf(folder, certificate)} ${secured.join(' ')}`]);
}

/**
 * What other hosts may ask for that is not to be looked up in hosts.map, since that would lead back to them: a site
 * of here and elsewhere has a backend for what comes from there, one that is only elsewhere has none.
 */
function renderHopsMap(site: Site, names: readonly Domain[]): string {
  if (!isElsewhere(site)) return '';
  const backend = isHere(site) ? localBackend(site.domain) : elsewhere;
  return text(names.map((name) => `${name} ${backend}`));
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
