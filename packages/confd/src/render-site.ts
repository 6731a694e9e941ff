// The backends of one site in haproxy.cfg.
import type { HopKeys } from './hop-keys.ts';
import { remoteServer } from './render-hops.ts';
import { target } from './render-target.ts';
import { type Backend, isHere, isShared, type Site } from './site.ts';

/**
 * The backend of a shared site that has its own servers only: for requests from other hosts. A domain has no colon.
 */
export function localBackend(domain: string): string {
  return `local:${domain}`;
}

/** A container answers 421 for a domain that is not its own: no visitor is to see that. */
export const misdirected = 'http-response return status 503 default-errorfiles if { status 421 }';

/** The name of the server that stands in for another if the site is not in order and no other host is there. A host has no colon. */
export function backupServer(host: string): string {
  return `any:${host}`;
}

/** Without keys for host-to-host proxying, none of the site's backends is remote. */
export function renderBackend(site: Site, keys: HopKeys | undefined): string {
  const { domain, backends } = site;
  const own = backends.filter(({ remote }) => !remote);
  const others = keys ? backends.filter(({ remote }) => remote) : [];
  const servers = [
    ...own.map((one) => server(one, one.host, '')),
    ...others.flatMap((one) => (keys ? remoteServer(one, keys) : [])),
  ].join('');
  if (!isShared(site)) return `\nbackend ${domain} from site\n${servers}`;
  const shared = `\nbackend ${domain} from shared-site\n`;
  if (!isHere(site)) return `${shared}${servers}`;
  // This host's own server is used as long as its front page is in order: the others are not asked for the site itself.
  const backups = own.map((one) => server(one, backupServer(one.host), ' backup no-check')).join('');
  const local = own.map((one) => server(one, one.host, ' no-check')).join('');
  return `${shared}    balance first\n${servers}${backups}\nbackend ${localBackend(domain)} from site\n${local}`;
}

function server({ address }: Backend, name: string, rest: string): string {
  return `    server ${name} ${target(address)}${rest}${address ? '' : ' disabled'}\n`;
}
