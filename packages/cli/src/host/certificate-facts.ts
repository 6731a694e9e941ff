// What a certificate contains, for tables and comparisons.
import type { X509Certificate } from 'node:crypto';
import { FreeholdError } from '@freehold/core/error';
import { readCertificates, readPem } from '@freehold/core/read-pem';

const day = 86_400_000;

/** What a certificate says about itself: of a chain with its key, the one that the key belongs to. */
export interface Facts {
  readonly names: readonly string[];
  readonly issuer: string;
  readonly expires: string;
  readonly daysLeft: number;
  /** SHA-256, as in 'AB:CD:…'. */
  readonly fingerprint: string;
}

/** @throws FreeholdError if there is no certificate in the text. */
export function factsOf(text: string, now: Date): Facts {
  const leaf = leafOf(text);
  return {
    names: (leaf.subjectAltName ?? '').split(', ').flatMap((name) => /^DNS:(.*)$/.exec(name)?.[1] ?? []),
    issuer: shortName(leaf.issuer),
    expires: leaf.validToDate.toISOString(),
    daysLeft: Math.floor((leaf.validToDate.getTime() - now.getTime()) / day),
    fingerprint: leaf.fingerprint256,
  };
}

/** The certificate of the key, wherever it is in the chain; without a key, the first one. */
function leafOf(text: string): X509Certificate {
  const all = readCertificates(text);
  let own: X509Certificate | undefined;
  try {
    const { key } = readPem(text);
    own = all.find((one) => one.checkPrivateKey(key));
  } catch {
    // Without its key, or with that of another one: `faultOf` says so.
  }
  const leaf = own ?? all[0];
  if (!leaf) throw new FreeholdError('it contains no certificate');
  return leaf;
}

/** As in "Let's Encrypt R11", of a name in lines of KEY=VALUE. */
function shortName(name: string): string {
  const part = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(name)?.[1];
  return [part('O'), part('CN')].filter(Boolean).join(' ') || name.replaceAll('\n', ', ');
}
