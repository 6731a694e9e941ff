// Puts certificates into the order in which a TLS server sends them (RFC 8446 section 4.4.2): each issued by
// the next, without the root, since clients have it.
import type { X509Certificate } from 'node:crypto';
import { faultOfDates, faultOfIntermediate } from './browser-rules.ts';
import { FreeholdError } from './error.ts';

export interface Chain {
  /** The leaf, then its issuers. */
  readonly certificates: readonly X509Certificate[];
  /** Sentences about certificates that were skipped or are missing. */
  readonly notes: readonly string[];
}

/**
 * Builds the chain from the leaf up. `at`: the time at which it must be valid; if unset, dates are not
 * checked.
 *
 * @throws FreeholdError with the reason, as the end of a sentence, if an issuer is one that browsers refuse
 *   or if the
 *   leaf's issuer is missing among other certificates.
 */
export function orderChain(leaf: X509Certificate, all: readonly X509Certificate[], at?: Date): Chain {
  const others = all.filter((one) => one !== leaf);
  const certificates = [leaf];
  let root: X509Certificate | undefined;
  for (let top = leaf; !isSelfIssued(top); ) {
    const issuers = others.filter((one) => !certificates.includes(one) && hasIssued(one, top));
    if (issuers.length === 0) break;
    const next = choose(issuers, at);
    if (isSelfIssued(next)) root = next;
    else certificates.push(next);
    top = next;
  }
  const complete = root !== undefined || isSelfIssued(certificates.at(-1) as X509Certificate);
  if (certificates.length === 1 && others.length > 0 && !complete) throw missingIssuer(leaf);
  const unrelated = others.filter((one) => one !== root && !certificates.includes(one));
  return { certificates, notes: [...notesOn(root, unrelated), ...noteOnLoneLeaf(certificates, complete)] };
}

/**
 * Prefers an intermediate that browsers accept, then a root, which they have: a cross-signed issuer can
 * appear as both.
 */
function choose(issuers: readonly X509Certificate[], at: Date | undefined): X509Certificate {
  const faultOf = (one: X509Certificate) => faultOfIntermediate(one) ?? (at && faultOfDates(one, at));
  const sound = issuers.find((one) => !isSelfIssued(one) && faultOf(one) === undefined);
  const found = sound ?? issuers.find(isSelfIssued);
  if (found) return found;
  const [first] = issuers as [X509Certificate];
  throw new FreeholdError(`its issuer's certificate '${nameOf(first)}' is refused: ${faultOf(first)}`);
}

function missingIssuer(leaf: X509Certificate): FreeholdError {
  return new FreeholdError(
    `the certificate of the issuer '${oneLine(leaf.issuer)}' is missing, and the other certificates in it do not belong to it`,
  );
}

function notesOn(root: X509Certificate | undefined, unrelated: readonly X509Certificate[]): string[] {
  const dropped = unrelated.map((one) => `'${nameOf(one)}' is not one of its issuers and is skipped.`);
  return root ? [`The root '${nameOf(root)}' is skipped, since browsers have it.`, ...dropped] : dropped;
}

function noteOnLoneLeaf(chain: readonly X509Certificate[], complete: boolean): string[] {
  const [leaf] = chain;
  if (chain.length > 1 || complete || !leaf) return [];
  return [
    `The certificate of its issuer '${oneLine(leaf.issuer)}' is not included. Add it unless it is a root.`,
  ];
}

/**
 * Whether one certificate has signed the other. Equal names prove nothing; checking the signature costs more.
 */
function hasIssued(one: X509Certificate, other: X509Certificate): boolean {
  return one.subject === other.issuer && other.verify(one.publicKey);
}

function isSelfIssued({ subject, issuer }: X509Certificate): boolean {
  return subject === issuer;
}

function nameOf({ subject }: X509Certificate): string {
  return oneLine(subject ?? 'without a name');
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ').slice(0, 200);
}
