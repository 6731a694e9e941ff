import { join } from 'node:path';

/** Where acme keeps things. */
export interface Layout {
  readonly home: string;
  readonly account: string;
  readonly host: string;
  readonly lock: string;
  /** When there is something to do next: seconds since 1970, for acme.timer. */
  readonly next: string;
  readonly domains: string;
  /** haproxy-confd's map of all names: a site is in it from its first announcement on, also while it is stopped. */
  readonly hostsMap: string;
  readonly thumbprintMap: string;
  siteState(domain: string): string;
  readonly statusFolder: string;
  /** A file for each new site that asks for a certificate. */
  readonly asked: string;
  /** The last sentences about what is wrong with this host's part in a cluster, so that they are logged once. */
  readonly reported: string;
  /** HAProxy's certificates: import puts those of this host's sites there. */
  approved(domain: string): string;
  /** Which certificates of other members' sites acme has put there: a file for each, with its SHA-256. */
  readonly placedFolder: string;
  placed(domain: string): string;
  /** Which certificates acme has put into sites' folders from etcd: a file for each, with the leaf's fingerprint. */
  readonly takenFolder: string;
  taken(domain: string): string;
  /** Up to which revision of a cluster's etcd certificates have been taken over. */
  readonly seen: string;
  /** One sentence for the operator's scripts. */
  status(domain: string): string;
  tls(domain: string): string;
  certificate(domain: string): string;
  /** Which certificates are acme's own. It lies beside them, so that it goes along when the site is moved. */
  made(domain: string): string;
}

export function layoutOf({ data, haproxy }: { data: string; haproxy: string }): Layout {
  const home = join(data, 'acme');
  const domains = join(data, 'domains');
  const tls = (domain: string) => join(domains, domain, 'TLS');
  return {
    home,
    domains,
    tls,
    account: join(home, 'account.pem'),
    host: join(home, 'host.json'),
    statusFolder: join(home, 'status'),
    asked: join(home, 'asked'),
    reported: join(home, 'reported.json'),
    approved: (domain) => join(haproxy, 'approved-certs', `${domain}.pem`),
    placedFolder: join(home, 'placed'),
    placed: (domain) => join(home, 'placed', domain),
    takenFolder: join(home, 'taken'),
    taken: (domain) => join(home, 'taken', domain),
    seen: join(home, 'seen.json'),
    lock: join(home, 'lock'),
    next: join(home, 'next'),
    hostsMap: join(haproxy, 'hosts.map'),
    thumbprintMap: join(haproxy, 'acme', 'thumbprint.map'),
    siteState: (domain) => join(home, 'sites', `${domain}.json`),
    status: (domain) => join(home, 'status', domain),
    certificate: (domain) => join(tls(domain), `${domain}.pem`),
    made: (domain) => join(tls(domain), 'acme.json'),
  };
}
