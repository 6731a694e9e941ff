// Reads the certificates that import has put where HAProxy and Postfix load them from. Each is loaded with
// the same OpenSSL calls as theirs, so that a certificate they would refuse is skipped beforehand.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readCertificate } from './certificate.ts';
import { type Domain, parseDomain } from './domain.ts';
import { FreeholdError, reasonOf } from './error.ts';
import { readPem } from './read-pem.ts';
import type { Fault } from './report-faults.ts';

/**
 * A PEM file with a certificate and its key that a server can load. Its fingerprint changes with its text.
 */
export interface Certificate {
  readonly path: string;
  readonly fingerprint: string;
}

/** A site's certificate that browsers accept. It may have expired. */
export interface ApprovedCertificate extends Certificate {
  /** The names of the site that it covers: with and without `www.`. */
  readonly names: readonly Domain[];
}

/** The state of a folder of `DOMAIN.pem` files. */
export interface CertificateCache {
  /** By domain. */
  readonly found: ReadonlyMap<string, ApprovedCertificate>;
  faults(): Fault[];
  /**
   * Checks the files with these names, or all files, and reads those again whose size, inode or times have
   * changed. Returns the domains whose certificate has changed.
   *
   * @throws FreeholdError if the folder cannot be listed. A missing folder counts as empty.
   */
  refresh(names?: Iterable<string>): Promise<Set<string>>;
}

interface Read {
  readonly stamp: string;
  readonly result: ApprovedCertificate | Fault;
}

const suffix = '.pem';

/** The number of files checked at once. The program can do other work between two batches. */
const atOnce = 16;

export function createCertificateCache(folder: string): CertificateCache {
  const known = new Map<string, Read>();
  const found = new Map<string, ApprovedCertificate>();
  const invalid = new Map<string, Fault>();

  async function look(name: string, changed: Set<string>): Promise<void> {
    const path = join(folder, name);
    const stamp = await stampOf(path);
    const before = known.get(name);
    if (before?.stamp === stamp || (!before && stamp === gone)) return;
    const domain = name.slice(0, -suffix.length);
    const result = stamp === gone ? undefined : await readOne(path, name);
    if (result) known.set(name, { stamp, result });
    else known.delete(name);
    if (result && 'reason' in result) invalid.set(name, result);
    else invalid.delete(name);
    const certificate = result && 'fingerprint' in result ? result : undefined;
    if (found.get(domain)?.fingerprint === certificate?.fingerprint) return;
    changed.add(domain);
    if (certificate) found.set(domain, certificate);
    else found.delete(domain);
  }

  return {
    found,
    faults: () => [...invalid.values()],
    async refresh(names) {
      const all = new Set(names ?? [...(await list(folder)), ...known.keys()]);
      const left = [...all].filter((name) => name.endsWith(suffix));
      const changed = new Set<string>();
      const work = async () => {
        for (let name = left.pop(); name !== undefined; name = left.pop()) await look(name, changed);
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, work));
      return changed;
    },
  };
}

/** Creates a reader that checks the whole folder each time. */
export function createCertificateReader(folder: string) {
  const cache = createCertificateCache(folder);
  return async function readCertificates(): Promise<{
    found: Map<string, ApprovedCertificate>;
    faults: Fault[];
  }> {
    await cache.refresh();
    const sorted = [...cache.found].sort(([one], [other]) => (one < other ? -1 : 1));
    return { found: new Map(sorted), faults: cache.faults() };
  };
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FreeholdError(`Cannot list the certificates in ${folder}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const gone = 'gone';

/**
 * Changes whenever the file does: built from its inode, its size, and the times of its content and its inode.
 */
export async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? `${found.ino}-${found.size}-${found.mtimeNs}-${found.ctimeNs}` : gone;
}

async function readOne(path: string, name: string): Promise<ApprovedCertificate | Fault> {
  try {
    const domain = parseDomain(name.slice(0, -suffix.length));
    const pem = await readFile(path, 'utf8');
    const { names, leafFirst, pem: normal } = readCertificate(pem, domain);
    if (!leafFirst) throw new FreeholdError(`the certificate of ${domain} must be the first one in it`);
    // A server reads all of the text, and may refuse what is around the certificates and the key.
    if (pem !== normal) createSecureContext({ cert: pem, key: pem });
    return { path, fingerprint: fingerprintOf(pem), names };
  } catch (error) {
    return { subject: path, reason: reasonOf(error) };
  }
}

/** The fingerprint of a whole PEM text, including the key. */
export function fingerprintOf(pem: string): string {
  return createHash('sha256').update(pem).digest('hex');
}

/** A certificate that browsers need not accept, such as the host's own; a fault if it cannot be loaded. */
export async function readDefaultCertificate(path: string): Promise<Certificate | Fault> {
  try {
    const pem = await readFile(path, 'utf8');
    // createSecureContext takes an empty text for none at all.
    readPem(pem);
    createSecureContext({ cert: pem, key: pem });
    return { path, fingerprint: fingerprintOf(pem) };
  } catch (error) {
    return { subject: path, reason: reasonOf(error) };
  }
}
