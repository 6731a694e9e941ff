// The certificates that HAProxy reads. Others write approved-certs/ and default.pem at any time, and HAProxy does not start
// if a file that crt-list names is missing or broken. So it reads copies of the certificates that were found valid, in files
// named for their content: a renewed certificate is another file, and the one that HAProxy accepted last stays what it is. A
// copy is there before a file names it, and is removed after no file does.
import { link, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Certificate, fingerprintOf } from '@freehold/core/certificate-folder';
import { stageFile, syncFolder } from '@freehold/core/write-atomic';

/** The folder of the copies, in that of HAProxy's files. */
export function copiesIn(folder: string): string {
  return join(folder, 'served-certs');
}

/** Names of files are up to 255 bytes long, and those of domains up to 253. */
const mostOfName = 200;

/**
 * The name of a certificate's copy without `.pem`: that of its own file and the first 128 bits of its fingerprint.
 * `default` is no site's, as a domain has a dot.
 */
export function nameOfCopy({ path, fingerprint }: Certificate): string {
  return `${basename(path, '.pem').slice(0, mostOfName)}.${fingerprint.slice(0, 32)}`;
}

/** Where HAProxy reads a certificate. */
export function copyOf(folder: string, certificate: Certificate): string {
  return join(copiesIn(folder), `${nameOfCopy(certificate)}.pem`);
}

/** This many are copied side by side. */
const atOnce = 16;

export interface CertificateCopies {
  /**
   * Makes the copies of some certificates. Gives those of which there is none now, with the reason; undefined as the reason
   * if the file has been replaced, which an event will report.
   */
  store<T extends Certificate>(certificates: Iterable<T>): Promise<Map<T, unknown>>;
  /** Whether the copy of the certificate has been made. */
  holds(certificate: Certificate): boolean;
  /** Forgets copies that somebody else has removed, so that they are created again; returns whether there were any. */
  forgetMissing(): Promise<boolean>;
  /** The text of a copy; undefined if it is not that of the certificate. */
  read(certificate: Certificate): Promise<string | undefined>;
  /** Removes the copies of these certificates. */
  remove(certificates: Iterable<Certificate>): Promise<void>;
  /** Removes all copies but those of these certificates. */
  keepOnly(certificates: Iterable<Certificate>): Promise<void>;
}

export function createCertificateCopies(folder: string): CertificateCopies {
  const copies = copiesIn(folder);
  /** Names of files. */
  const made = new Set<string>();
  const fileOf = (certificate: Certificate) => `${nameOfCopy(certificate)}.pem`;

  async function storeOne(certificate: Certificate): Promise<boolean> {
    const path = copyOf(folder, certificate);
    if ((await readIf(path, certificate)) === undefined && !(await linkFormer(certificate, path))) {
      const text = await readIf(certificate.path, certificate);
      if (text === undefined) return false;
      const staged = await stageFile(path, text, { mode: 0o600 });
      await staged.publish();
    }
    made.add(fileOf(certificate));
    return true;
  }

  /** Uses a copy under its former name, as version 0.2 made it. */
  async function linkFormer(certificate: Certificate, path: string): Promise<boolean> {
    const former = join(copies, basename(certificate.path));
    if ((await readIf(former, certificate)) === undefined) return false;
    return link(former, path).then(
      () => true,
      () => false,
    );
  }

  async function removeFile(name: string): Promise<void> {
    made.delete(name);
    await rm(join(copies, name), { force: true });
  }

  return {
    async store<T extends Certificate>(certificates: Iterable<T>) {
      const left = [...certificates];
      const missing = new Map<T, unknown>();
      if (left.length === 0) return missing;
      await mkdir(copies, { recursive: true, mode: 0o700 });
      const work = async () => {
        for (let one = left.pop(); one !== undefined; one = left.pop()) {
          const certificate = one;
          const stored = await storeOne(certificate).catch((error: unknown) => {
            missing.set(certificate, error);
            return true;
          });
          if (!stored) missing.set(certificate, undefined);
        }
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, work));
      await syncFolder(copies);
      return missing;
    },
    holds: (certificate) => made.has(fileOf(certificate)),
    async forgetMissing() {
      const names = new Set(await readdir(copies).catch(() => []));
      const missing = [...made].filter((name) => !names.has(name));
      for (const name of missing) made.delete(name);
      return missing.length > 0;
    },
    read: (certificate) => readIf(copyOf(folder, certificate), certificate),
    async remove(certificates) {
      for (const certificate of certificates) await removeFile(fileOf(certificate));
    },
    async keepOnly(certificates) {
      const kept = new Set([...certificates].map(fileOf));
      for (const name of await readdir(copies).catch(() => [])) if (!kept.has(name)) await removeFile(name);
    },
  };
}

/** The text of a file if it is that of the certificate. */
async function readIf(path: string, { fingerprint }: Certificate): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text !== undefined && fingerprintOf(text) === fingerprint ? text : undefined;
}
