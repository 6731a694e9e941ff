// The path of a certificate: uploaded → the domain's folder → where HAProxy reads it. None of it
// stops a site: a certificate that is refused is logged with the reason, and the previous one stays in use.
import { lstat, mkdir, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readCertificate, type SiteCertificate } from '@freehold/core/certificate';
import { namesOf } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import type { Log } from '@freehold/core/log';
import { readInside } from '@freehold/core/read-inside';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';
import { isClutter } from './archive/clutter.ts';
import { stateOfFolder } from './folder-state.ts';
import type { Layout } from './layout.ts';
import { edgeOwner } from './owners.ts';

const maxBytes = 1024 * 1024;
const mayChown = () => process.getuid?.() === 0;

/** Replaces the domain's certificate with one that was uploaded alone. */
export async function installUploadedCertificate(
  { domain, home }: Layout,
  upload: string,
  log: Log,
): Promise<void> {
  const file = `${domain}.pem`;
  const source = join(upload, 'TLS', file);
  try {
    await stateOfFolder(upload, 'TLS');
    const extra = (await readdir(join(upload, 'TLS'))).find((name) => name !== file && !isClutter([name]));
    if (extra !== undefined) throw new FreeholdError(`${join(upload, 'TLS', extra)} does not belong there`);
    const uploaded = await readInside(upload, ['TLS', file], { maxBytes });
    if (uploaded === undefined) throw new FreeholdError(`${source} does not exist`);
    readCertificate(uploaded.text, domain, { at: new Date() });
    await stateOfFolder(home, 'TLS');
    await mkdir(join(home, 'TLS'), { recursive: true, mode: 0o700 });
    await writeAtomic(join(home, 'TLS', file), uploaded.text, { mode: 0o600 });
    await unlink(source);
    for (const folder of [dirname(source), upload]) await removeWithClutter(folder);
    log.notice(`Installed the certificate of ${domain} from ${source}.`);
  } catch (error) {
    log.warning(`The certificate in ${upload} was not installed: ${reasonOf(error)}.`);
  }
}

/** Removes a folder that contains nothing but the files that macOS and Windows add. */
async function removeWithClutter(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (isClutter([name])) await unlink(join(folder, name));
  await rmdir(folder);
}

/** Passes the domain's certificate, with its chain sorted, on to HAProxy if browsers accept it. */
export async function publishCertificate(layout: Layout, log: Log): Promise<void> {
  const { domain, home, approvedCertificate } = layout;
  const path = join(home, 'TLS', `${domain}.pem`);
  let found: SiteCertificate | undefined;
  try {
    const file = await readInside(home, ['TLS', `${domain}.pem`], { maxBytes });
    found = file && readCertificate(file.text, domain, { at: new Date() });
  } catch (error) {
    log.warning(
      `The certificate ${path} is skipped, and HAProxy keeps the previous one: ${reasonOf(error)}.`,
    );
    return;
  }
  await explained(`Cannot copy the certificate of ${domain} to ${approvedCertificate}`, async () => {
    if (found === undefined) await removeApproved(layout, log);
    else await approve(layout, found, log);
  });
}

async function approve(
  layout: Layout,
  { pem: text, names, notes }: SiteCertificate,
  log: Log,
): Promise<void> {
  const { domain, approvedCertificate } = layout;
  const folder = dirname(approvedCertificate);
  const before = await readInside(folder, [`${domain}.pem`], { maxBytes }).catch(() => undefined);
  const rightOwner = !mayChown() || before?.uid === edgeOwner.uid;
  if (before?.text === text && before.mode === 0o640 && rightOwner) return;
  const owner = mayChown() ? edgeOwner : undefined;
  await writeAtomic(approvedCertificate, text, { mode: 0o640, owner });
  log.notice(`HAProxy has a new certificate for ${domain}.`);
  for (const note of notes) log.notice(`About the certificate of ${domain}: ${note}`);
  if (!names.includes(namesOf(domain)[1])) {
    log.warning(`The certificate of ${domain} does not cover www.${domain}, which stays on http.`);
  }
}

async function removeApproved({ domain, approvedCertificate }: Layout, log: Log): Promise<void> {
  const there = await lstat(approvedCertificate).catch(() => undefined);
  if (there === undefined) return;
  await rm(approvedCertificate);
  await syncFolder(dirname(approvedCertificate));
  log.notice(`${domain} no longer has a certificate; removed it from HAProxy.`);
}
