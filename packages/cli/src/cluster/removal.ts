// What is done to remove a host from a cluster, once it has lost its access to etcd.
import { addCertificateKey } from './certificate-keys.ts';
import { planSettings } from './host-settings.ts';
import { formatHosts, hostsOf, type KeyFiles } from './key-files.ts';
import { type FreshKey, foresee, type KeyOperation } from './key-operations.ts';

/** The prefixes in etcd below which a host has records of its own, with its name as the last part of the key. */
export const recordPrefixes = ['/services/', '/acme/claims/', '/acme/members/'] as const;

/** The host's records, of all keys below `recordPrefixes`. */
export function recordsOf(host: string, keys: readonly string[]): string[] {
  return [...keys.filter((key) => key.endsWith(`/${host}`)), `/hosts/${host}`];
}

/**
 * The host's folder goes first: it does not get the new key for certificates. As members get that, they encrypt all with
 * it, by another account with the CA. The line in `members` goes after that: until then, the next run finishes this.
 */
export function planKeyRemoval(files: KeyFiles, host: string, fresh: FreshKey): KeyOperation[] {
  const hosts = hostsOf(files).filter(({ name }) => name !== host);
  const operations: KeyOperation[] = [
    { do: 'remove', path: `hosts/${host}` },
    ...addCertificateKey(files, fresh),
    { do: 'write', path: 'members', text: formatHosts(hosts) },
  ];
  return [...operations, ...planSettings(foresee(files, operations))];
}
