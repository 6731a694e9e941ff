import type { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { faultOfDates, faultOfLeaf } from './browser-rules.ts';
import { orderChain } from './certificate-chain.ts';
import { type Domain, namesOf } from './domain.ts';
import { FreeholdError, reasonOf } from './error.ts';
import { readPem } from './read-pem.ts';

/** A certificate that browsers accept for its domain, provided they trust its root. */
export interface SiteCertificate {
  readonly validFrom: Date;
  readonly validTo: Date;
  /** The names of the domain (with and without `www.`) that it covers. */
  readonly names: readonly Domain[];
  /** The text that a server loads: the leaf, its issuers in order without the root, and the key. */
  readonly pem: string;
  /** Whether the leaf came first in the text, as servers require. */
  readonly leafFirst: boolean;
  /** Sentences about what was changed in the chain. */
  readonly notes: readonly string[];
}

/**
 * Reads a PEM text that holds a certificate, its issuers and its unencrypted key, in any order.
 *
 * @param at the time at which it must be valid; if unset, dates are not checked.
 * @throws FreeholdError with the reason, as the end of a sentence.
 */
export function readCertificate(text: string, domain: Domain, { at }: { at?: Date } = {}): SiteCertificate {
  const { certificates, duplicates, key, keyBlock } = readPem(text);
  const own = certificates.filter((one) => one.checkPrivateKey(key));
  const leaf = own.sort((one, other) => rank(other, domain) - rank(one, domain))[0];
  if (!leaf) throw new FreeholdError('its private key does not belong to any certificate in it');
  const fault = faultOfLeaf(leaf) ?? (at && faultOfDates(leaf, at));
  if (fault) throw new FreeholdError(fault);
  const names = namesOf(domain).filter((name) => covers(leaf, name));
  if (!names.includes(domain)) {
    throw new FreeholdError(`it is not for ${domain} but for ${(leaf.subjectAltName ?? '').slice(0, 200)}`);
  }
  const chain = orderChain(leaf, certificates, at);
  const pem = `${chain.certificates.map(String).join('')}${keyBlock}\n`;
  load(pem);
  return {
    validFrom: leaf.validFromDate,
    validTo: leaf.validToDate,
    names,
    pem,
    leafFirst: certificates[0] === leaf,
    notes: [...chain.notes, ...(duplicates > 0 ? [`${duplicates} duplicates are skipped.`] : [])],
  };
}

/** Among several certificates for one key, the one for this domain that stays valid longest. */
function rank(one: X509Certificate, domain: Domain): number {
  return (covers(one, domain) ? 1e15 : 0) + one.validToDate.getTime();
}

/**
 * Follows RFC 9525 section 6.3: a wildcard is the whole first label and stands for one label; the common name
 * is ignored.
 */
function covers(leaf: X509Certificate, name: Domain): boolean {
  return leaf.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined;
}

/** Asks OpenSSL, as HAProxy will: it also refuses certificates that are too weak. */
function load(pem: string): void {
  try {
    createSecureContext({ cert: pem, key: pem });
  } catch (error) {
    throw new FreeholdError(`it cannot be loaded (${reasonOf(error)})`, { cause: error });
  }
}
