import { isIP } from 'node:net';
import { type EtcdAddress, etcdOf } from '@freehold/core/etcd-address';
import { hostSettings } from '@freehold/core/host';
import {
  absolutePath,
  type Environment,
  optionalPath,
  readSettings,
  wholeNumber,
} from '@freehold/core/settings';
import * as v from 'valibot';

export interface Settings {
  /** The mail address for the CA; undefined where automatic certificates are off. */
  readonly operator: string | undefined;
  readonly data: string;
  readonly haproxy: string;
  readonly haproxySockets: string;
  readonly directory: string;
  /** For rehearsals; undefined where another CA than Let's Encrypt has none set. */
  readonly staging: string | undefined;
  readonly caFile: string | undefined;
  readonly profile: string | undefined;
  readonly eabFile: string | undefined;
  /** `ADDRESS:PORT`, or `system`. */
  readonly resolvers: readonly string[];
  readonly hostIp: string | undefined;
  /** Where names are asked for the thumbprint: a CA always asks at 80. */
  readonly httpPort: number;
  /** Undefined on a host that is alone. */
  readonly cluster: ClusterSettings | undefined;
}

/** This host as a member of a cluster. */
export interface ClusterSettings {
  readonly host: string;
  readonly etcd: EtcdAddress;
  /** The file of the keys for certificates. */
  readonly keys: string;
}

const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory';
const letsEncryptStaging = 'https://acme-staging-v02.api.letsencrypt.org/directory';
/** As in scripts/setup/certificates.sh. */
const mailAddress = /^[^\s@"'=]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
/** Two operators of public resolvers, as CAs look from several places too. */
const publicResolvers = ['1.1.1.1:53', '9.9.9.9:53'];

/**
 * Reads the settings of acme.
 *
 * @throws FreeholdError `usage` for invalid ones.
 */
export function readAcmeSettings(env: Environment): Settings {
  const settings = readSettings(
    {
      FREEHOLD_OPERATOR: v.optional(v.pipe(v.string(), v.regex(mailAddress, 'a mail address is required'))),
      FREEHOLD_ACME: v.optional(v.picklist(['on', 'off'], '"on" or "off" is required'), 'on'),
      FREEHOLD_ACME_DIRECTORY: v.optional(httpsUrl, letsEncrypt),
      FREEHOLD_ACME_STAGING: v.optional(httpsUrl),
      FREEHOLD_ACME_CA: optionalPath(),
      FREEHOLD_ACME_PROFILE: v.optional(
        v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'a profile is required')),
      ),
      FREEHOLD_ACME_EAB_FILE: optionalPath(),
      FREEHOLD_ACME_RESOLVERS: v.optional(resolverList),
      FREEHOLD_ACME_HTTP_PORT: wholeNumber({ min: 1, max: 65_535, preset: 80 }),
      FREEHOLD_DATA: absolutePath('/data'),
      FREEHOLD_HAPROXY_DIR: absolutePath('/data/runtime/haproxy'),
      FREEHOLD_HAPROXY_SOCKETS: absolutePath('/run/haproxy'),
      FREEHOLD_HOST_IP: v.optional(v.string()),
      FREEHOLD_CLUSTER_KEYS: absolutePath('/etc/freehold/certificate-keys'),
      ...hostSettings,
    },
    env,
  );
  const operator = settings.FREEHOLD_ACME === 'off' ? undefined : settings.FREEHOLD_OPERATOR;
  const directory = settings.FREEHOLD_ACME_DIRECTORY;
  return {
    operator,
    data: settings.FREEHOLD_DATA,
    haproxy: settings.FREEHOLD_HAPROXY_DIR,
    haproxySockets: settings.FREEHOLD_HAPROXY_SOCKETS,
    directory,
    staging: settings.FREEHOLD_ACME_STAGING ?? (directory === letsEncrypt ? letsEncryptStaging : undefined),
    caFile: settings.FREEHOLD_ACME_CA,
    profile: settings.FREEHOLD_ACME_PROFILE,
    eabFile: settings.FREEHOLD_ACME_EAB_FILE,
    resolvers: settings.FREEHOLD_ACME_RESOLVERS ?? ['system', ...publicResolvers],
    hostIp: settings.FREEHOLD_HOST_IP,
    httpPort: settings.FREEHOLD_ACME_HTTP_PORT,
    cluster: clusterOf(settings),
  };
}

function clusterOf(
  settings: Parameters<typeof etcdOf>[0] & {
    readonly FREEHOLD_HOST: string;
    readonly FREEHOLD_CLUSTER_KEYS: string;
  },
): ClusterSettings | undefined {
  const etcd = etcdOf(settings);
  if (!etcd.tls) return undefined;
  return { host: settings.FREEHOLD_HOST, etcd, keys: settings.FREEHOLD_CLUSTER_KEYS };
}

const httpsUrl = v.pipe(
  v.string(),
  v.regex(/^https:\/\/[^\s/]+\/\S*$/, 'the https URL of an ACME directory is required'),
);

const resolverList = v.pipe(
  v.string(),
  v.transform((text) => text.split(',')),
  v.everyItem(isResolver, 'addresses with ports are required, such as 192.0.2.53:53,[2001:db8::53]:53'),
);

function isResolver(text: string): boolean {
  const [, bracketed, plain = '', port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const isAddress = bracketed === undefined ? isIP(plain) === 4 : isIP(bracketed) === 6;
  return isAddress && Number(port) > 0 && Number(port) < 65_536;
}
