// The part of haproxy.cfg for host-to-host proxying, only in a cluster: requests for a site of another host go from HAProxy to
// HAProxy over TLS, with certificates on both sides and headers about the client. A request that arrived from another host
// is never proxied again: no backend that is reached from there contains another host.
import { join } from 'node:path';
import type { Desired, Layout } from './desired.ts';
import type { HopKeys } from './hop-keys.ts';
import { misdirected } from './render-site.ts';
import { target } from './render-target.ts';
import { type Backend, isElsewhereOnly, type Site } from './site.ts';

/** What other hosts ask for, to see whether this one is there. A name that is nobody's (RFC 6761). */
const probeName = 'hop.invalid';

/** A host that falls silent is out of use after 5 s at most. */
const hostPace = ' check inter 2s fastinter 500ms downinter 1s';

/** The other HAProxy knows the client: what it says of it stays. */
export function hopFrontend({ hopKeys }: Pick<Desired, 'hopKeys'>, { folder, hop }: Layout): string {
  if (!hop || !hopKeys) return '';
  const host = `req.hdr(host),host_only,lower,rtrim(.),map_str(${join(folder, 'hops.map')})`;
  return `frontend hop from common
    bind ${hop.ip}:${hop.port} ssl crt ${hopKeys.certificatePath} ca-file ${hopKeys.authorityPath} verify required ssl-min-ver TLSv1.3 alpn http/1.1
    http-request return status 200 content-type text/plain string here if { req.hdr(host) ${probeName} }
    use_backend %[${host}] if { ${host} -m found }
    use_backend %[req.hdr(host),host_only,lower,rtrim(.),map_str(${join(folder, 'hosts.map')})]
    default_backend ${elsewhere}

# Another host sends requests only for sites that it knows: the site is not unknown, but not here now.
backend ${elsewhere} from common
    http-request return status 503 default-errorfiles

`;
}

/** The backend for requests from other hosts that this one cannot serve. */
export const elsewhere = 'elsewhere';

/** The backend of another host: for all sites that are there only, and for the checks of the host. A domain has no colon. */
export function hostBackend(host: string): string {
  return `hop:${host}`;
}

/** The backend of a site that is on one host only, which is another one. */
export function targetOf({ backends: [backend] }: Site): string {
  return backend?.address ? hostBackend(backend.host) : elsewhere;
}

/** That host; undefined for all other sites, which have a backend of their own. */
export function sharedHostOf(site: Site): string | undefined {
  return isElsewhereOnly(site) ? site.backends[0]?.host : undefined;
}

export function hostBackends(
  { others, hopKeys }: Pick<Desired, 'others' | 'hopKeys'>,
  { hop }: Layout,
): string {
  if (!hop || !others || !hopKeys) return '';
  return [...others]
    .map(
      ([host, ip]) => `
backend ${hostBackend(host)} from common
    ${misdirected}
    http-check send meth GET uri / ver HTTP/1.1 hdr Host ${probeName}
    http-check expect status 200
    server ${host} ${target(ip ? { ip, port: hop.port } : undefined)} ${secured(host, hopKeys)}${hostPace}${ending(ip)}`,
    )
    .join('');
}

/**
 * A site's server on another host, in use as long as that host is there: a site that has stopped there is withdrawn by
 * that host, and checks of each site at each host would grow with both. What is sent to a host that is cut off is given
 * up, and tried elsewhere, before the check finds it silent and ends all that is under way there.
 */
export function remoteServer({ host, address }: Backend, keys: HopKeys): string {
  const tracked = `no-check track ${hostBackend(host)}/${host}`;
  return `    server ${host} ${target(address)} ${secured(host, keys)} ${tracked}${ending(address)}`;
}

function ending(address: unknown): string {
  return `${address ? '' : ' disabled'} tcp-ut 2s on-marked-down shutdown-sessions\n`;
}

function secured(host: string, { certificatePath, authorityPath }: HopKeys): string {
  return `ssl crt ${certificatePath} ca-file ${authorityPath} verify required verifyhost ${host} ssl-min-ver TLSv1.3`;
}
