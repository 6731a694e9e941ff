// The way of a certificate: delivered → the domain's folder → where HAProxy reads it. None of it
// stops a site: a certificate that is refused is logged with the reason, and the one before stays in use.
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

/** Puts a certificate that was delivered alone in place of the domain's own. */
export async function takeDeliveredCertificate(
  { domain, home }: Layout,
  delivery: string,
  log: Log,
): Promise<void> {
  const file = `${domain}.pem`;
  const source = join(delivery, 'TLS', file);
  try {
    await stateOfFolder(delivery, 'TLS');
    const extra = (await readdir(join(delivery, 'TLS'))).find((name) => name !== file && !isClutter([name]));
    if (extra !== undefined) throw new FreeholdError(`${join(delivery, 'TLS', extra)} has no place in it`);
    const delivered = await readInside(delivery, ['TLS', file], { maxBytes });
    if (delivered === undefined) throw new FreeholdError(`${source} is not there`);
    readCertificate(delivered.text, domain, { at: new Date() });
    await stateOfFolder(home, 'TLS');
    await mkdir(join(home, 'TLS'), { recursive: true, mode: 0o700 });
    await writeAtomic(join(home, 'TLS', file), delivered.text, { mode: 0o600 });
    await unlink(source);
    for (const folder of [dirname(source), delivery]) await removeWithClutter(folder);
    log.notice(`The certificate of ${domain} was taken from ${source}.`);
  } catch (error) {
    log.warning(`The certificate in ${delivery} was left there: ${reasonOf(error)}.`);
  }
}

/** Removes a folder in which there is nothing but what macOS and Windows leave in folders. */
async function removeWithClutter(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (isClutter([name])) await unlink(join(folder, name));
  await rmdir(folder);
}

/** Gives HAProxy the domain's certificate, its chain in order, if browsers accept it. */
export async function publishCertificate(layout: Layout, log: Log): Promise<void> {
  const { domain, home, approvedCertificate } = layout;
  const path = join(home, 'TLS', `${domain}.pem`);
  let found: SiteCertificate | undefined;
  try {
    const file = await readInside(home, ['TLS', `${domain}.pem`], { maxBytes });
    found = file && readCertificate(file.text, domain, { at: new Date() });
  } catch (error) {
    log.warning(`The certificate ${path} is left out, and HAProxy keeps what it had: ${reasonOf(error)}.`);
    return;
  }
  await explained(`The certificate of ${domain} could not be put into ${approvedCertificate}`, async () => {
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
  for (const note of notes) log.notice(`The certificate of ${domain}: ${note}`);
  if (!names.includes(namesOf(domain)[1])) {
    log.warning(`The certificate of ${domain} does not cover www.${domain}, which stays on http.`);
  }
}

async function removeApproved({ domain, approvedCertificate }: Layout, log: Log): Promise<void> {
  const there = await lstat(approvedCertificate).catch(() => undefined);
  if (there === undefined) return;
  await rm(approvedCertificate);
  await syncFolder(dirname(approvedCertificate));
  log.notice(`${domain} has no certificate any more, and HAProxy neither.`);
}
