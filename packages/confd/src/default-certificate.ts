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
  const certificate = (await isThere(path)) ? await readLastValid(folder, path) : undefined;
  const reason = certificate ? `${found.reason}; the last valid one stays in use` : found.reason;
  return { certificate, faults: [{ ...found, reason }] };
}

async function readLastValid(folder: string, path: string): Promise<Certificate | undefined> {
  const copies = copiesIn(folder);
  const names = (await readdir(copies).catch(() => [])).filter((name) =>
    /^default\.[0-9a-f]+\.pem$/.test(name),
  );
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(copies, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((one, other) => other.at - one.at)) {
    const copy = await readDefaultCertificate(join(copies, name));
    if (!('fingerprint' in copy)) continue;
    const certificate = { path, fingerprint: copy.fingerprint };
    if (basename(copyOf(folder, certificate)) === name) return certificate;
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
