// The host's own certificate, for names without one of their own. An operator writes its file, perhaps in place: while it is
// broken, the last valid one stays in use, which is a copy in the folder that HAProxy reads.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Certificate, readDefaultCertificate } from '@freehold/core/certificate-folder';
import type { Fault } from '@freehold/core/report-faults';
import { copiesIn, copyOf } from './certificate-copies.ts';

/** The certificate of the file or, if that is broken, the last valid one; none if there is no file. */
export async function readDefault(
  folder: string,
): Promise<{ certificate?: Certificate | undefined; faults: Fault[] }> {
  const path = join(folder, 'default.pem');
  const found = await readDefaultCertificate(path);
  if ('fingerprint' in found) return { certificate: found, faults: [] };
  const certificate = (await isThere(path)) ? (await readValidCopies(folder, path))[0] : undefined;
  const reason = certificate ? `${found.reason}; the last valid one stays in use` : found.reason;
  return { certificate, faults: [{ ...found, reason }] };
}

/** The valid certificates among the copies, the newest first. `path`: the file that they are copies of. */
export async function readValidCopies(folder: string, path: string): Promise<Certificate[]> {
  const copies = copiesIn(folder);
  // Version 0.2 had one copy, default.pem.
  const names = (await readdir(copies).catch(() => [])).filter((name) =>
    /^default\.(?:[0-9a-f]+\.)?pem$/.test(name),
  );
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(copies, name))).mtimeMs })),
  );
  const valid: Certificate[] = [];
  for (const { name } of dated.sort((one, other) => other.at - one.at)) {
    const copy = await readDefaultCertificate(join(copies, name));
    if (!('fingerprint' in copy)) continue;
    const certificate = { path, fingerprint: copy.fingerprint };
    if (name === basename(path) || basename(copyOf(folder, certificate)) === name) valid.push(certificate);
  }
  return valid;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
