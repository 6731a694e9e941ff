// The certificate by which the HAProxys of a cluster's hosts know one another. HAProxy refuses all of its configuration if
// that file is broken, so it never reads hop.pem and hop-ca.pem, which others write: it reads copies of the last valid pair,
// in files named for their content.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { readCertificates, readPem } from '@freehold/core/read-pem';
import type { Fault } from '@freehold/core/report-faults';
import { writeAtomic } from '@freehold/core/write-atomic';

/** A valid pair: its texts, and the paths of its copies. */
export interface HopKeys {
  readonly certificate: string;
  readonly authority: string;
  readonly certificatePath: string;
  readonly authorityPath: string;
}

/** The pair that was installed or, if that is broken, the last valid one; undefined if there is none. */
export async function readHopKeys(folder: string): Promise<{ keys?: HopKeys | undefined; faults: Fault[] }> {
  const [certificatePath, authorityPath] = [join(folder, 'hop.pem'), join(folder, 'hop-ca.pem')];
  try {
    return { keys: await readPair(folder, { certificatePath, authorityPath }), faults: [] };
  } catch (error) {
    const keys = await readLastValid(folder);
    const effect = keys ? 'the last valid one stays in use' : 'sites of other hosts cannot be reached';
    return { keys, faults: [{ subject: certificatePath, reason: `${reasonOf(error)}; ${effect}` }] };
  }
}

/** Writes the copies that HAProxy reads. */
export async function storeHopKeys(keys: HopKeys): Promise<void> {
  const { certificate, authority, certificatePath, authorityPath } = keys;
  await mkdir(dirname(certificatePath), { recursive: true, mode: 0o700 });
  for (const [path, text] of [
    [authorityPath, authority],
    [certificatePath, certificate],
  ] as const) {
    const before = await readFile(path, 'utf8').catch(() => undefined);
    if (before !== text) await writeAtomic(path, text, { mode: 0o600 });
  }
}

/** Removes the copies of all other pairs, to which no configuration refers any more. */
export async function removeOtherHopKeys(kept: readonly HopKeys[]): Promise<void> {
  const paths = new Set(
    kept.flatMap(({ certificatePath, authorityPath }) => [certificatePath, authorityPath]),
  );
  for (const folder of new Set([...paths].map(dirname)))
    for (const name of await readdir(folder).catch(() => []))
      if (!paths.has(join(folder, name))) await rm(join(folder, name), { force: true });
}

async function readPair(
  folder: string,
  { certificatePath, authorityPath }: { certificatePath: string; authorityPath: string },
): Promise<HopKeys> {
  const certificate = await readFile(certificatePath, 'utf8');
  const authority = await readFile(authorityPath, 'utf8');
  check(certificate);
  try {
    readCertificates(authority);
  } catch (error) {
    throw new FreeholdError(`${authorityPath}, which goes with it, is broken: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  const fingerprint = createHash('sha256').update(certificate).update('\0').update(authority).digest('hex');
  const copy = join(folder, 'hop', fingerprint);
  return { certificate, authority, certificatePath: `${copy}.pem`, authorityPath: `${copy}-ca.pem` };
}

/** HAProxy takes the first certificate, and the key has to be its own. */
function check(text: string): void {
  const { certificates, key } = readPem(text);
  if (!certificates[0]?.checkPrivateKey(key)) {
    throw new FreeholdError('its private key does not belong to its first certificate');
  }
  createSecureContext({ cert: text, key: text });
}

async function readLastValid(folder: string): Promise<HopKeys | undefined> {
  const copies = join(folder, 'hop');
  const names = (await readdir(copies).catch(() => [])).filter((name) => /^[0-9a-f]{64}\.pem$/.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(copies, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((one, other) => other.at - one.at)) {
    const certificatePath = join(copies, name);
    const authorityPath = certificatePath.replace(/\.pem$/, '-ca.pem');
    const keys = await readPair(folder, { certificatePath, authorityPath }).catch(() => undefined);
    if (keys) return keys;
  }
  return undefined;
}

/** Whether the certificate for host-to-host proxying is another one. */
export function isRenewed(next: HopKeys | undefined, served: HopKeys | undefined): boolean {
  return next?.certificatePath !== served?.certificatePath;
}
