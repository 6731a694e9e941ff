// The part of haproxy.cfg that only a cluster has: how a request for a site of another host gets there. From HAProxy to
// HAProxy by TLS, each showing the other a certificate; with the headers that tell of the client. What has come by a hop
// is never passed on again: no backend that is reached from there has another host in it.
import { join } from 'node:path';
import type { Address } from '@freehold/core/service-record';
import type { Desired, Layout } from './desired.ts';
import { type Backend, isElsewhere, isHere, type Site } from './site.ts';

/** What other hosts ask for, to see whether this one is there. A name that is nobody's (RFC 6761). */
const probeName = 'hop.invalid';

/** A host that falls silent is out of use after 5 s at most. */
const hostPace = ' check inter 2s fastinter 500ms downinter 1s';

/** The backend of a site of here and elsewhere for what comes from elsewhere. A domain has no colon. */
export function localBackend(domain: string): string {
  return `local:${domain}`;
}

/** The other HAProxy knows the client: what it says of it stays. */
export function hopFrontend({ hopFingerprint }: Desired, { folder, hop }: Layout): string {
  if (!hop) return '';
  const host = `req.hdr(host),host_only,lower,rtrim(.),map_str(${join(folder, 'hops.map')})`;
  return `# The certificate for hops: sha256 ${hopFingerprint ?? 'none'}
frontend hop from common
    bind ${hop.ip}:${hop.port} ssl crt ${join(folder, 'hop.pem')} ca-file ${join(folder, 'hop-ca.pem')} verify required ssl-min-ver TLSv1.3 alpn http/1.1
    http-request return status 200 content-type text/plain string here if { req.hdr(host) ${probeName} }
    use_backend %[${host}] if { ${host} -m found }
    use_backend %[req.hdr(host),host_only,lower,rtrim(.),map_str(${join(folder, 'hosts.map')})]
    default_backend elsewhere

# Who asks by a hop knows the site: it is not unknown, but not here now.
backend elsewhere from common
    http-request return status 503 default-errorfiles

`;
}

/** One backend for each other host, to which no request goes: the checks of the host, for all sites there. */
export function hostChecks({ others }: Desired, { folder, hop }: Layout): string {
  if (!hop || !others) return '';
  return [...others]
    .map(
      ([host, ip]) => `
backend hop:${host} from common
    http-check send meth GET uri / ver HTTP/1.1 hdr Host ${probeName}
    http-check expect status 200
    server ${host} ${target(ip ? { ip, port: hop.port } : undefined)} ${secured(host, folder)}${hostPace}${ip ? '' : ' disabled'}
`,
    )
    .join('');
}

/** For a site on several hosts: what makes one of them dying cost few requests. `rules` are those that it has on one host too. */
export function sharedDefaults({ hop }: Layout, kind: string, rules: string): string {
  if (!hop) return '';
  return `defaults shared-${kind} from common
    # Another try is with another host. What might be done twice by it is not sent twice.
    option redispatch 1
    retries 2
    retry-on conn-failure empty-response 503
    http-request disable-l7-retry unless { method GET HEAD OPTIONS }
${rules}
`;
}

/**
 * A site's server on another host. What is sent to a host that is cut off is given up, and tried elsewhere, before the
 * checks find it silent and end all that is under way there.
 */
export function remoteServer({ host, address }: Backend, site: Site, folder: string): string {
  // Where there is a choice, each host is asked for the site itself; else it is enough that the host is there.
  const alone = ` no-check track hop:${host}/${host}`;
  const checked = site.backends.length > 1 ? hostPace : alone;
  const out = address ? '' : ' disabled';
  return `    server ${host} ${target(address)} ${secured(host, folder)}${checked}${out} tcp-ut 2s on-marked-down shutdown-sessions\n`;
}

/** For what comes from other hosts: the site's own server here, and no other. */
export function renderLocalBackend(site: Site, kind: string): string {
  if (!isHere(site) || !isElsewhere(site)) return '';
  const own = site.backends.filter(({ remote }) => !remote);
  const servers = own.map(
    ({ host, address }) =>
      `    server ${host} ${target(address)} no-check track ${site.domain}/${host}${address ? '' : ' disabled'}\n`,
  );
  return `\nbackend ${localBackend(site.domain)} from ${kind}\n${servers.join('')}`;
}

function target(address: Address | undefined): string {
  if (!address) return '127.0.0.1:1';
  return `${address.ip.includes(':') ? `[${address.ip}]` : address.ip}:${address.port}`;
}

function secured(host: string, folder: string): string {
  const [own, authority] = [join(folder, 'hop.pem'), join(folder, 'hop-ca.pem')];
  return `ssl crt ${own} ca-file ${authority} verify required verifyhost ${host} ssl-min-ver TLSv1.3`;
}
