// Removes the copies of certificates that HAProxy has no use for any more. A copy stays as long as a file that HAProxy may
// start on names it: so this is called after such files were written.
import { basename } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import type { CertificateCopies } from './certificate-copies.ts';
import type { Desired } from './desired.ts';
import { removeOtherHopKeys } from './hop-keys.ts';

export interface UnusedCopies {
  /** The worker has another certificate, or none, in the place of this one. */
  note(certificate: Certificate): void;
  /** Removes those that were noted, but for those that are used by any of some states. */
  removeNoted(states: readonly Desired[]): Promise<void>;
  /** Removes all that none of some states uses. */
  removeAll(states: readonly Desired[]): Promise<void>;
}

export function createUnusedCopies(copies: CertificateCopies): UnusedCopies {
  let noted: Certificate[] = [];

  async function removePairs(states: readonly Desired[]): Promise<void> {
    const pairs = states.flatMap(({ hopKeys }) => hopKeys ?? []);
    if (pairs.length > 0) await removeOtherHopKeys(pairs);
  }

  return {
    note: (certificate) => noted.push(certificate),
    async removeNoted(states) {
      await copies.remove(noted.filter((one) => !states.some((state) => uses(state, one))));
      await removePairs(states);
      noted = [];
    },
    async removeAll(states) {
      await copies.keepOnly(states.flatMap(certificatesOf));
      await removePairs(states);
      noted = [];
    },
  };
}

function certificatesOf({ sites, defaultCertificate }: Desired): Certificate[] {
  const ofSites = [...sites.values()].flatMap(({ certificate }) => certificate ?? []);
  return defaultCertificate ? [defaultCertificate, ...ofSites] : ofSites;
}

function uses({ sites, defaultCertificate }: Desired, { path, fingerprint }: Certificate): boolean {
  const domain = basename(path, '.pem') as Domain;
  const used = path === defaultCertificate?.path ? defaultCertificate : sites.get(domain)?.certificate;
  return used?.fingerprint === fingerprint;
}
