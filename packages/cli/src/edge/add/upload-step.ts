// Takes the data of a site from standard input: what scripts/host/receive-delivery.sh calls.
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Program } from '@freehold/core/run-main';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import { archiveEndings } from '@freehold/core/uploads';
import { syncFolder } from '@freehold/core/write-atomic';
import { checkApp, checkRoom, checkWaiting } from '../../add/checks.ts';
import { sentPath } from '../../add/source.ts';
import { receiveUpload } from '../../upload/receive.ts';
import { createReport } from '../deploy/clock.ts';
import { type Host, readHost } from '../host.ts';
import { deleteStaleCopies, hiddenPath, holdDomain, prepareDisk } from './adding.ts';
import { importFolder, lookAtHost, uploadsFor } from './look.ts';
import { moveIntoPlace } from './move-into-place.ts';
import { receiveFolder } from './receive-folder.ts';
import { deleteSent, requireNoneSent } from './sent.ts';

/**
 * Puts it in its place once it is complete: 'DOMAIN FOR folder' for a tar of a folder, whose last entry is .whole; 'DOMAIN FOR
 * ENDING BYTES' for an archive of so many bytes. FOR is 'import', where the site's start imports it, or the app of a new site:
 * 'site add --take' finds it under the name .add-DOMAIN.
 *
 * @throws FreeholdError if it arrived incomplete, or the site cannot take it; there is nothing of it then.
 */
export async function runUploadStep(words: readonly string[], program: Program): Promise<void> {
  const { env, log, signal } = program;
  const [name = '', use = '', kind = '', bytes = ''] = words;
  const wrong = (reason: string) =>
    new FreeholdError(`${reason} See 'receive-delivery.sh --help'.`, { code: 'usage' });
  if (kind === '') throw wrong('Missing arguments: DOMAIN FOR KIND.');
  const domain = parseCanonicalDomain(name);
  const ending = archiveEndings.find((one) => one === kind) ?? '';
  const isArchive = ending !== '' && /^\d{1,15}$/.test(bytes);
  if (kind !== 'folder' && !isArchive) throw wrong(`Unknown kind of data '${kind}'.`);
  const host = await readHost({ args: [], options: {}, env, log, signal });
  const base = use === 'import' ? `${importFolder}/${domain}` : sentPath(domain);
  const partial = hiddenPath(domain, process.pid);
  const check = async () => {
    if (use === 'import') return checkWaiting(await uploadsFor(domain));
    const seen = await lookAtHost(host, { domain, app: use, signal });
    checkApp({ domain, app: use }, seen);
    checkRoom(domain, seen);
  };
  await receiveUpload(domain, {
    prepare: () =>
      whileHeld({ domain, signal }, async () => {
        await check();
        if (use !== 'import') await deleteSent(base);
        await deleteStaleCopies(domain);
      }),
    receive: () =>
      isArchive
        ? receiveArchive(partial, Number(bytes), host, signal)
        : receiveFolder({ partial, signal, requireRoom: () => prepareDisk(host, 0) }),
    sync: () => syncFileSystem(partial, signal),
    place: () =>
      whileHeld({ domain, signal }, async () => {
        await check();
        if (use !== 'import') requireNoneSent(domain, base);
        await moveIntoPlace(partial, `${base}${ending}`);
        await syncFolder(importFolder);
      }),
    discard: () => rm(partial, { recursive: true, force: true }),
  });
  if (use === 'import')
    createReport(env)(`The data is in ${base}${ending} and is imported when the site starts.`);
}

/** While no other run adds the site, or takes data for it. */
async function whileHeld(
  { domain, signal }: { readonly domain: Domain; readonly signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  const lock = await holdDomain(domain, signal);
  await work().finally(() => lock.release());
}

/** It may hold a private key. */
async function receiveArchive(
  partial: string,
  bytes: number,
  host: Host,
  signal: AbortSignal,
): Promise<boolean> {
  await prepareDisk(host, bytes);
  await pipeline(process.stdin, createWriteStream(partial, { mode: 0o600, flags: 'wx' }), { signal });
  return (await stat(partial)).size === bytes;
}
