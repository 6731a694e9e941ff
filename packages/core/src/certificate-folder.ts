// Reads the certificates that import has put where HAProxy and Postfix take them from. Each is loaded with
// the same OpenSSL calls that they make, so that one they would refuse is left out beforehand.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readCertificate } from './certificate.ts';
import { type Domain, parseDomain } from './domain.ts';
import { FreeholdError, reasonOf } from './error.ts';
import type { Fault } from './report-faults.ts';

/** A PEM file with a certificate and its key that a server can load. Its fingerprint changes with its text. */
export interface Certificate {
  readonly path: string;
  readonly fingerprint: string;
}

/** A site's certificate: one that browsers accept. It may have expired. */
export interface ApprovedCertificate extends Certificate {
  /** The site's names that it covers: with and without `www.`. */
  readonly names: readonly Domain[];
}

interface Read {
  readonly stamp: string;
  readonly result: ApprovedCertificate | Fault;
}

/**
 * Makes a reader of a folder of `DOMAIN.pem` files; a file is read again only when its size, inode
 * or times have changed. A folder that is not there is empty.
 */
export function createCertificateReader(folder: string) {
  let known = new Map<string, Read>();

  return async function readCertificates(): Promise<{
    found: Map<string, ApprovedCertificate>;
    faults: Fault[];
  }> {
    const names = (await list(folder)).filter((name) => name.endsWith('.pem')).sort();
    const seen: typeof known = new Map();
    for (const name of names) {
      const path = join(folder, name);
      const stamp = await stampOf(path);
      const before = known.get(name);
      seen.set(name, before?.stamp === stamp ? before : { stamp, result: await readOne(path, name) });
    }
    known = seen;
    const found = new Map<string, ApprovedCertificate>();
    const faults: Fault[] = [];
    for (const [name, { result }] of seen) {
      if ('reason' in result) faults.push(result);
      else found.set(name.slice(0, -'.pem'.length), result);
    }
    return { found, faults };
  };
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FreeholdError(`The certificates in ${folder} cannot be listed: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? `${found.ino}-${found.size}-${found.mtimeNs}-${found.ctimeNs}` : 'gone';
}

async function readOne(path: string, name: string): Promise<ApprovedCertificate | Fault> {
  try {
    const domain = parseDomain(name.slice(0, -'.pem'.length));
    const pem = await readFile(path, 'utf8');
    const { names, leafFirst } = readCertificate(pem, domain);
    if (!leafFirst) throw new FreeholdError(`the certificate of ${domain} has to be the first one in it`);
    return { path, fingerprint: createHash('sha256').update(pem).digest('hex'), names };
  } catch (error) {
    return { subject: path, reason: reasonOf(error) };
  }
}

/** A certificate that need not be one that browsers accept, as the host's own; a fault if it cannot be loaded. */
export async function readDefaultCertificate(path: string): Promise<Certificate | Fault> {
  try {
    const pem = await readFile(path, 'utf8');
    createSecureContext({ cert: pem, key: pem });
    return { path, fingerprint: createHash('sha256').update(pem).digest('hex') };
  } catch (error) {
    return { subject: path, reason: reasonOf(error) };
  }
}
