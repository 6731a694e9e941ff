// What is to be known of one site: its certificate and whose it is, and what acme noted about it.
import { createHash, type X509Certificate } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { readInside } from '@freehold/core/read-inside';
import { readPem } from '@freehold/core/read-pem';
import { certificateId } from './certificate-id.ts';
import type { Layout } from './layout.ts';
import { registeredDomain } from './registered-domain.ts';
import type { Period } from './renewal-time.ts';
import {
  type MadeCertificates,
  madeCertificates,
  parseState,
  readState,
  type SiteState,
  siteState,
} from './state.ts';

export interface Certificate {
  /** SHA-256 of the leaf, in hexadecimal. */
  readonly fingerprint: string;
  readonly validity: Period;
  readonly issuer: string;
  /** The names that it covers. */
  readonly names: readonly string[];
  /** As in RFC 9773; undefined where it has none. */
  readonly id: string | undefined;
  /** The directory that acme had it from; undefined for one that a person installed. */
  readonly directory: string | undefined;
}

export interface SiteFacts {
  readonly domain: Domain;
  readonly registered: string;
  /** There is TLS/manual. */
  readonly optedOut: boolean;
  readonly certificate: Certificate | undefined;
  /** Why the file of the certificate cannot be read; then it is a person's. */
  readonly fault: string | undefined;
  readonly state: SiteState;
}

/** A longer file is no certificate. */
export const maxBytes = 1024 * 1024;

export async function readSite(layout: Layout, domain: Domain, now: number): Promise<SiteFacts> {
  const state = (await readState(layout.siteState(domain), siteState)) ?? { seen: now };
  const optedOut = await exists(join(layout.tls(domain), 'manual'));
  const common = { domain, registered: registeredDomain(domain), optedOut, state };
  try {
    return { ...common, certificate: await readCertificate(layout, domain), fault: undefined };
  } catch (error) {
    return { ...common, certificate: undefined, fault: reasonOf(error) };
  }
}

async function readCertificate(layout: Layout, domain: Domain): Promise<Certificate | undefined> {
  const file = await readInside(layout.domains, [domain, 'TLS', `${domain}.pem`], { maxBytes });
  if (file === undefined) return undefined;
  const { made } = await readMade(layout, domain);
  return describeCertificate(
    file.text,
    (fingerprint) => made.find((one) => one.fingerprint === fingerprint)?.directory,
  );
}

/** @throws FreeholdError if there is none in the text, or one that is damaged. */
export function describeCertificate(
  pem: string,
  directoryOf: (fingerprint: string) => string | undefined,
): Certificate {
  const leaf = leafOf(pem);
  const fingerprint = fingerprintOf(leaf);
  return {
    fingerprint,
    validity: { start: leaf.validFromDate.getTime(), end: leaf.validToDate.getTime() },
    issuer: /^(?:CN|O)=(.*)$/m.exec(leaf.issuer)?.[1] ?? leaf.issuer,
    names: [...(leaf.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name),
    id: certificateId(leaf),
    directory: directoryOf(fingerprint),
  };
}

/** Why acme leaves the site's certificate alone: TLS/manual is there, or a person installed it; undefined if acme does not. */
export function claimOf({ optedOut, fault, certificate }: SiteFacts): 'optedOut' | 'foreign' | undefined {
  if (optedOut) return 'optedOut';
  return fault !== undefined || (certificate && !certificate.directory) ? 'foreign' : undefined;
}

/**
 * The certificates in the site's folder that acme made; none where the file is not there or of another shape.
 *
 * @throws FreeholdError if it is a link, no ordinary file or too long.
 */
export async function readMade(layout: Layout, domain: Domain): Promise<MadeCertificates> {
  const file = await readInside(layout.domains, [domain, 'TLS', basename(layout.made(domain))], { maxBytes });
  return (file && parseState(file.text, madeCertificates)) ?? { made: [] };
}

/** The certificate to which the key belongs. @throws FreeholdError if there is none. */
export function leafOf(pem: string): X509Certificate {
  const { certificates, key } = readPem(pem);
  const leaf = certificates.find((one) => one.checkPrivateKey(key)) ?? certificates[0];
  return leaf as X509Certificate;
}

export function fingerprintOf(leaf: X509Certificate): string {
  return createHash('sha256').update(leaf.raw).digest('hex');
}

/** Only what is certainly not there is not: a link counts wherever it leads, and so does what cannot be looked at. */
export function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT' && code !== 'ENOTDIR',
  );
}
