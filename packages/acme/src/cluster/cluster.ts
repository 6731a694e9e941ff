// A cluster as one of its members sees it.
import { type Domain, parseDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Etcd } from '@freehold/core/etcd';
import { parseServiceKey, servicesPrefix } from '@freehold/core/service-record';
import * as v from 'valibot';
import type { Layout } from '../layout.ts';
import { parseState } from '../state.ts';
import { certificateKey } from './etcd-keys.ts';
import type { Keyring } from './keyring.ts';

export interface Cluster {
  /** The name of this member. */
  readonly host: string;
  readonly etcd: Etcd;
  readonly keyring: Keyring;
  readonly layout: Layout;
}

/** A longer chain with its key is not put into etcd: 10,000 of this length fit into its quota of 1 GB. In bytes. */
export const maxSharedBytes = 64 * 1024;

/** A certificate as it is kept in etcd: `directory` if a CA issued it for acme, else `host`, the member where a person installed it. */
const storedCertificate = v.object({
  /** Chain and key. */
  pem: v.string(),
  directory: v.optional(v.string()),
  host: v.optional(v.string()),
});
export type StoredCertificate = v.InferOutput<typeof storedCertificate>;

/** The sites of the cluster, and for each the members that have it. */
export async function readSites({ etcd }: Cluster): Promise<Map<Domain, Set<string>>> {
  const sites = new Map<Domain, Set<string>>();
  for (const key of await etcd.keys(servicesPrefix)) {
    const found = siteOf(key);
    if (found) sites.set(found.domain, (sites.get(found.domain) ?? new Set()).add(found.host));
  }
  return sites;
}

/** Invalid entries are reported by haproxy-confd. */
function siteOf(key: string): { domain: Domain; host: string } | undefined {
  try {
    return parseServiceKey(key);
  } catch {
    return undefined;
  }
}

/** Opens a sealed value of a certain shape; undefined as in Keyring.open, or if it has another shape. */
export function openValue<T extends v.GenericSchema>(
  { keyring }: Cluster,
  entry: { readonly key: string; readonly value: string | undefined },
  schema: T,
): v.InferOutput<T> | undefined {
  const opened = entry.value === undefined ? undefined : keyring.open(entry.key, entry.value);
  return opened && parseState(opened.text, schema);
}

export function openCertificate(cluster: Cluster, key: string, value: string | undefined) {
  return openValue(cluster, { key, value }, storedCertificate);
}

export function sealCertificate({ keyring }: Cluster, domain: Domain, certificate: StoredCertificate) {
  const key = certificateKey(domain);
  return { key, value: keyring.seal(key, JSON.stringify(certificate)) };
}

/** The domain at the end of a key; undefined for one that is none. */
export function domainOf(key: string): Domain | undefined {
  const name = key.slice(key.lastIndexOf('/') + 1);
  try {
    return parseDomain(name) === name ? (name as Domain) : undefined;
  } catch {
    return undefined;
  }
}

/** Explains a refusal of etcd, whose role for this member lacks the rights for automatic certificates. */
export function explainDenial(error: unknown, host: string): unknown {
  if (!(error instanceof FreeholdError) || !/permission denied/.test(error.message)) return error;
  return new FreeholdError(
    `${error.message} This member's role in etcd lacks automatic certificates: run 'scripts/cluster/admit.sh KEYS ${host}' where the cluster's keys are (docs/upgrade-notes.md).`,
    { cause: error },
  );
}
