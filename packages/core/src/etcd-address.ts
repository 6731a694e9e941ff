import { FreeholdError } from './error.ts';

/** Where etcd is, and how this host authenticates. */
export interface EtcdAddress {
  /** URLs of its members. The first that answers is used, so the nearest comes first. */
  readonly endpoints: readonly string[];
  /** If unset, connections are unencrypted. */
  readonly tls?: TlsFiles | undefined;
}

/** Paths of PEM files. They are read at each connection, so a renewed certificate needs no restart. */
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
 * Combines the settings that concern etcd.
 *
 * @throws FreeholdError `usage` if some of the TLS settings are missing or contradict the URLs.
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
    throw wrong('FREEHOLD_ETCD_CA, FREEHOLD_ETCD_CERT and FREEHOLD_ETCD_KEY are all required for https');
  }
  if (secure < endpoints.length) {
    throw wrong('FREEHOLD_ETCD must contain only https URLs, since a certificate is set');
  }
  return { endpoints, tls: { ca, certificate, key } };
}

function wrong(what: string): FreeholdError {
  return new FreeholdError(`Invalid settings: ${what}.`, { code: 'usage' });
}
