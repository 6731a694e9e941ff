import type { Certificate } from '@freehold/core/certificate-folder';
import type { HopKeys } from './hop-keys.ts';
import type { Sites } from './site.ts';

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
  /** Undefined on a host that is alone, and in a cluster without a valid pair: then no other host is reached. */
  readonly hopKeys?: HopKeys | undefined;
}
