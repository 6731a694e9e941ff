// The certificates that HAProxy reads. Others write approved-certs/ and default.pem at any time, and HAProxy does not start
// if a file that crt-list names is missing or broken. So it reads copies of the certificates that were found valid: a copy
// is there before a file names it, and is removed after no file does.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Certificate, fingerprintOf } from '@freehold/core/certificate-folder';
import { stageFile, syncFolder } from '@freehold/core/write-atomic';

/** In the folder of HAProxy's files. */
const copiesName = 'served-certs';

/** Where HAProxy reads a certificate: under the name of its file. `default.pem` is no site's, as a domain has a dot. */
export function copyOf(folder: string, { path }: Pick<Certificate, 'path'>): string {
  return join(folder, copiesName, basename(path));
}

/** This many are copied side by side. */
const atOnce = 16;

export interface CertificateCopies {
  /**
   * Makes the copies of some certificates. Gives those of which there is none now, with the reason; undefined as the reason
   * if the file has been replaced, which an event will report.
   */
  store<T extends Certificate>(certificates: Iterable<T>): Promise<Map<T, unknown>>;
  /** Whether the last copy that was made under its name is that of the certificate. */
  holds(certificate: Certificate): boolean;
  /** Forgets copies that somebody else has removed, so that they are created again; returns whether there were any. */
  forgetMissing(): Promise<boolean>;
  /** The text of a copy; undefined if it is not that of the certificate. */
  read(certificate: Certificate): Promise<string | undefined>;
  /** Removes all copies but those of these certificates. */
  keepOnly(certificates: Iterable<Certificate>): Promise<void>;
}

export function createCertificateCopies(folder: string): CertificateCopies {
  const copies = join(folder, copiesName);
  /** Fingerprints by path. */
  const made = new Map<string, string>();

  async function storeOne(certificate: Certificate): Promise<boolean> {
    if ((await readIf(copyOf(folder, certificate), certificate)) === undefined) {
      const text = await readIf(certificate.path, certificate);
      if (text === undefined) return false;
      const staged = await stageFile(copyOf(folder, certificate), text, { mode: 0o600 });
      await staged.publish();
    }
    made.set(copyOf(folder, certificate), certificate.fingerprint);
    return true;
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
    holds: (certificate) => made.get(copyOf(folder, certificate)) === certificate.fingerprint,
    async forgetMissing() {
      const names = new Set(await readdir(copies).catch(() => []));
      const missing = [...made.keys()].filter((path) => !names.has(basename(path)));
      for (const path of missing) made.delete(path);
      return missing.length > 0;
    },
    read: (certificate) => readIf(copyOf(folder, certificate), certificate),
    async keepOnly(certificates) {
      const kept = new Set([...certificates].map(({ path }) => basename(path)));
      for (const name of await readdir(copies).catch(() => []))
        if (!kept.has(name)) {
          made.delete(join(copies, name));
          await rm(join(copies, name), { force: true });
        }
    },
  };
}

/** The text of a file if it is that of the certificate. */
async function readIf(path: string, { fingerprint }: Certificate): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text !== undefined && fingerprintOf(text) === fingerprint ? text : undefined;
}
