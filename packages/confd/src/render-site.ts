// The backends of one site in haproxy.cfg.
import type { HopKeys } from './hop-keys.ts';
import { remoteBackup, remoteServer } from './render-hops.ts';
import { target } from './render-target.ts';
import { type Backend, isHere, isShared, type Site } from './site.ts';

/**
 * The backend of a shared site that has its own servers only: for requests from other hosts, and for its checks, in which
 * any answer of the site counts. A domain has no colon.
 */
export function localBackend(domain: string): string {
  return `local:${domain}`;
}

/** A container answers 421 for a domain that is not its own: no visitor is to see that. */
export const misdirected = 'http-response return status 503 default-errorfiles if { status 421 }';

/** The name of the server that stands in for another if the site is not in order on any host. A host has no colon. */
export function backupServer(host: string): string {
  return `any:${host}`;
}

/** Without keys for hops, none of the site's backends is remote. */
export function renderBackend(site: Site, keys: HopKeys | undefined): string {
  const { domain, backends } = site;
  const own = backends.filter(({ remote }) => !remote);
  const others = keys ? backends.filter(({ remote }) => remote).map((one) => [one, keys] as const) : [];
  const servers = [
    ...own.map((one) => server(one)),
    ...others.map(([one, of]) => remoteServer(one, site, of)),
  ];
  if (!isShared(site)) return `\nbackend ${domain} from site\n${servers.join('')}`;
  const backups = [
    ...own.map((one) => backup(one, domain)),
    ...others.map(([one, of]) => remoteBackup(one, of)),
  ];
  const shared = `\nbackend ${domain} from shared-site\n${servers.join('')}${backups.join('')}`;
  if (!isHere(site)) return shared;
  return `${shared}\nbackend ${localBackend(domain)} from site\n${own.map((one) => server(one)).join('')}`;
}

function server({ host, address }: Backend): string {
  return `    server ${host} ${target(address)}${address ? '' : ' disabled'}\n`;
}

function backup({ host, address }: Backend, domain: string): string {
  const tracked = `${localBackend(domain)}/${host}`;
  return `    server ${backupServer(host)} ${target(address)} backup no-check track ${tracked}${address ? '' : ' disabled'}\n`;
}
