// The keys with which members encrypt the sites' certificates in etcd (packages/acme/src/cluster/keyring.ts).
//
// The file `certificate-keys` has a line for each: the seconds since 1970 at which it was made, and 32 bytes in
// hexadecimal. The first one is in use; those below open what has not been encrypted with it yet.
import type { KeyFiles } from './key-files.ts';
import type { FreshKey, KeyOperation } from './key-operations.ts';

export const keysFile = 'certificate-keys';

/** How many are kept. */
const kept = 5;

/** Makes the first one. */
export function ensureCertificateKey(files: KeyFiles, fresh: FreshKey): KeyOperation[] {
  return files.get(keysFile) ? [] : addCertificateKey(files, fresh);
}

/** From now on another one is in use, which a member that was removed does not get. */
export function addCertificateKey(files: KeyFiles, { seconds, key }: FreshKey): KeyOperation[] {
  const before = files.get(keysFile) ?? '';
  const lines = before.split('\n').filter((line) => line !== '');
  const latest = Number(lines[0]?.split(' ')[0] ?? 0);
  // Always a later time than the one before, as members go by it.
  const time = Math.max(seconds, latest + 1);
  const text = [`${time} ${key}`, ...lines.slice(0, kept - 1)].map((line) => `${line}\n`).join('');
  return [{ do: 'write', path: keysFile, text }];
}
