import { join } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import { type Domain, namesOf } from '@freehold/core/domain';
import type { FileSet } from '@freehold/core/publish';
import { type Forwards, nameOf } from './forward.ts';
import { renderSpellings, unicodeFormOf } from './render-spellings.ts';

/** Postfix's desired state. */
export interface Desired {
  /**
   * The host's own name: Postfix sends it at each connection, and it is the domain of rewritten senders
   * (SRS).
   */
  readonly hostname: string;
  /** Domains for which mail is accepted even without a forward. */
  readonly destinations: ReadonlySet<Domain>;
  readonly forwards: Forwards;
  readonly certificates: ReadonlyMap<string, Certificate>;
  readonly defaultCertificate?: Certificate | undefined;
}

/** The files that Postfix loads at a reload. */
export function renderFiles(desired: Desired, folder: string): FileSet {
  return new Map([
    [join(folder, 'hostname'), `${desired.hostname}\n`],
    [join(folder, 'forwards'), renderForwards(desired.forwards)],
    [join(folder, 'certificates'), renderCertificates(desired)],
    [join(folder, 'spellings'), text(renderSpellings(domainsOf(desired)))],
    [join(folder, 'destinations'), text(domainsOf(desired).flatMap(formsOf))],
  ]);
}

/**
 * All domains for which mail is accepted, the host first. A plain list, since Postfix treats every word in it
 * as a domain.
 */
function domainsOf({ hostname, destinations, forwards }: Desired): Domain[] {
  const domains = new Set([...destinations, ...[...forwards.values()].map(({ domain }) => domain)]);
  const host = hostname as Domain;
  return [host, ...[...domains].filter((domain) => domain !== host).sort()];
}

/** virtual(5), one address per line. Sorted by domain, so that a person finds it. */
function renderForwards(forwards: Forwards): string {
  const sorted = [...forwards.values()].sort(
    (one, other) => compare(one.domain, other.domain) || compare(one.local, other.local),
  );
  const lines = sorted.flatMap((forward) =>
    formsOf(forward.domain).map(
      (domain) => `${nameOf({ ...forward, domain })} ${forward.targets.join(', ')}`,
    ),
  );
  return text([
    '# Written by postfix-config. Put manual entries into forwards.local beside this file.',
    ...lines,
  ]);
}

/**
 * The certificate for each name, in lines of NAME FILE. With the fingerprint, a renewed certificate changes
 * the file.
 */
function renderCertificates({ certificates, defaultCertificate }: Desired): string {
  const lines = defaultCertificate ? entry('default', defaultCertificate) : [];
  for (const [domain, certificate] of certificates) {
    for (const name of namesOf(domain as Domain)) {
      if (name === domain || !certificates.has(name)) lines.push(...entry(name, certificate));
    }
  }
  return text(lines);
}

function entry(name: string, { path, fingerprint }: Certificate): string[] {
  return [`# sha256 ${fingerprint}`, `${name} ${path}`];
}

/**
 * `spellings` leaves some recipients in the form with letters, and Postfix does not convert one into the
 * other.
 */
function formsOf(domain: Domain): string[] {
  const unicode = unicodeFormOf(domain);
  return unicode === undefined ? [domain] : [domain, unicode];
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
