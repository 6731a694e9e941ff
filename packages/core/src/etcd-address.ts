import { FreeholdError } from './error.ts';

/** Where etcd is, and who we are to it. */
export interface EtcdAddress {
  /** URLs of its members; the first that answers is used, so the nearest comes first. */
  readonly endpoints: readonly string[];
  /** Without it, connections are plain. */
  readonly tls?: TlsFiles | undefined;
}

/** Paths of PEM files; they are read at each connection, so that a renewed certificate needs no restart. */
export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

interface EtcdSettings {
  readonly FREEHOLD_ETCD: readonly string[];
  readonly FREEHOLD_ETCD_CA?: string | undefined;
  readonly FREEHOLD_ETCD_CERT?: string | undefined;
  readonly FREEHOLD_ETCD_KEY?: string | undefined;
}

/**
 * The settings that concern etcd, taken together.
 *
 * @throws FreeholdError `usage` if some of the TLS settings are missing, or do not go with the URLs.
 */
export function etcdOf(settings: EtcdSettings): EtcdAddress {
  const {
    FREEHOLD_ETCD: endpoints,
    FREEHOLD_ETCD_CA: ca,
    FREEHOLD_ETCD_CERT: certificate,
    FREEHOLD_ETCD_KEY: key,
  } = settings;
  const secure = endpoints.filter((url) => url.startsWith('https://')).length;
  if (!ca && !certificate && !key && secure === 0) return { endpoints };
  if (!ca || !certificate || !key) {
    throw wrong('FREEHOLD_ETCD_CA, FREEHOLD_ETCD_CERT and FREEHOLD_ETCD_KEY are needed for https, all three');
  }
  if (secure < endpoints.length) {
    throw wrong('FREEHOLD_ETCD must have https URLs only, as there is a certificate for them');
  }
  return { endpoints, tls: { ca, certificate, key } };
}

function wrong(what: string): FreeholdError {
  return new FreeholdError(`The settings are wrong: ${what}.`, { code: 'usage' });
}
