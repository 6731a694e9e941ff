import { join } from 'node:path';
import { challengeRules } from './acme-challenge.ts';
import type { Desired, Layout } from './desired.ts';
import { mostOldWorkers } from './old-workers.ts';
import { hopFrontend, hostBackends } from './render-hops.ts';
import { misdirected } from './render-site.ts';

/** Backends that a new site may take until the next reload (live-update.ts), and the server in each. */
export const spareNames: readonly string[] = Array.from({ length: 128 }, (_, index) => `spare-${index + 1}`);
export const spareServer = 'site';

/** What haproxy.cfg is made of. */
type Parts = Omit<Desired, 'sites'> & {
  /** The backends of all sites. */
  readonly backends: string;
};

/** haproxy.cfg for HAProxy 3.0, in the terms of its configuration manual. */
export function renderHaproxyCfg(parts: Parts, layout: Layout): string {
  const edges = `${edge(parts, layout)}${hopFrontend(parts, layout)}${fallback(parts, layout)}`;
  return `${head(layout)}${edges}${spares()}${hostBackends(parts, layout)}${parts.backends}`;
}

function spares(): string {
  return spareNames
    .map((name) => `\nbackend ${name} from spare\n    server ${spareServer} 127.0.0.1:1 disabled\n`)
    .join('');
}

function head(layout: Layout): string {
  const { folder, sockets, pages } = layout;
  return `# Written by haproxy-confd from what etcd holds under /services/; changes made here are overwritten.
global
    log stdout format raw daemon err
    stats socket ${join(sockets, 'admin.sock')} mode 660 level admin
    # HAProxy sizes itself by the limit of open files, which Docker sets to a million or to none at all.
    fd-hard-limit 131072
    # Long-lived connections may outlive a reload by so much; then their old worker ends.
    hard-stop-after 6h
    # Refused reloads count too, so this is a last resort: haproxy-confd ends the oldest of more than ${mostOldWorkers} old workers.
    mworker-max-reloads 20
    ssl-load-extra-files none
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
    ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20
    ssl-default-server-options ssl-min-ver TLSv1.2

defaults common
    mode http
    log global
    # A container that died takes its address with it: for that a visitor waits 3 s, two tries and HAProxy's pause.
    timeout connect 1s
    retries 1
    timeout client 60s
    timeout server 120s
    timeout http-request 15s
    timeout http-keep-alive 30s
    timeout tunnel 24h
    # A client's idle connection is closed with an answer and not under a request on its way.
    option idle-close-on-response
    errorfile 502 ${join(pages, '503.http')}
    errorfile 503 ${join(pages, '503.http')}
    errorfile 504 ${join(pages, '503.http')}
    option httpchk
    # A backend is named for its site, some with a prefix and a colon.
    http-check send ${check('be_name,field(-1,:)')}
    ${expectation}
    default-server check inter 10s fastinter 1s downinter 2s fall 2 rise 1

# A container answers 421 for a domain that is not its own: no visitor is to see that.
defaults site from common
    ${patience}
    ${misdirected}

# A site on several hosts. This host's own server is checked, of the others only whether they are there (hop:HOST).
defaults shared-site from common
    http-check send ${check('be_name')}
    http-check expect status 200-420,422-499
    # Another try is with another host, also where a site is in trouble. What might be done twice by it is not sent twice.
    option redispatch 1
    retries 2
    retry-on conn-failure empty-response 500 503
    http-request disable-l7-retry unless { method GET HEAD OPTIONS }
    ${misdirected}

defaults spare from common
    # A section's own check rules replace all that it would inherit.
    http-check send ${check(`be_name,map_str(${join(folder, 'hosts.map')},${noSite})`)}
    ${expectation}
    ${patience}
    ${misdirected}

`;
}

/**
 * Any answer but 421, by which a container says that it does not serve the domain. A site that answers with errors of its
 * own stays in use: there is no other that could answer for it, and some of its pages may work.
 */
const expectation = 'http-check expect ! status 421';

/** A front page that is slow does not take out the only backend either. */
const patience = 'timeout check 30s';

/** A name that is nobody's (RFC 6761). */
const noSite = 'spare.invalid';

function check(host: string): string {
  return `meth GET uri / ver HTTP/1.1 hdr Host %[${host}] hdr User-Agent haproxy-check`;
}

function edge({ defaultCertificate }: Parts, layout: Layout): string {
  const { httpPort, httpsPort, folder } = layout;
  const strict = defaultCertificate ? '' : ' strict-sni';
  const host = 'req.hdr(host),host_only,lower,rtrim(.)';
  const secured = `!{ ssl_fc } { ${host},map_str(${join(folder, 'https.map')}) -m found }`;
  const redirect = `http-request redirect location https://%[${host}]%[pathq] code`;
  return `frontend edge from common
    bind ${listen(httpPort, layout)}
    bind ${listen(httpsPort, layout)} ssl crt-list ${join(folder, 'crt-list')} alpn h2,http/1.1${strict}
${challengeRules(folder)}    ${redirect} 301 if { method GET HEAD } ${secured}
    # After 301 a browser would ask again by GET, without what it was sending (RFC 9110 section 15.4.2).
    ${redirect} 308 if ${secured}
    http-request del-header X-Forwarded- -m beg
    http-request del-header Forwarded
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Proto https if { ssl_fc }
    use_backend %[${host},map_str(${join(folder, 'hosts.map')})]
    default_backend fallback

`;
}

function listen(port: number, { ipv6 }: Layout): string {
  return ipv6 ? `:${port},:::${port} v6only` : `:${port}`;
}

function fallback({ complete }: Parts, { pages }: Layout): string {
  const answer = complete
    ? `http-request return status 404 content-type "text/html; charset=utf-8" file ${join(pages, '404.html')}`
    : 'http-request return status 503 default-errorfiles';
  return `backend fallback from common\n    ${answer}\n`;
}
