// Installs an upload as the domain's data. Each step leaves names on disk from which the next run
// sees how far it got, so the next run completes the work of a run that was killed at any moment:
//
//   folder ──────────────────────────────────► arriving ──► home    on one file system
//   folder  ─► copying (folder := copied)  ──► arriving ──► home    across two
//   archive ─► copying (archive := copied) ──► arriving ──► home
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import { syncFolder } from '@freehold/core/write-atomic';
import type { App } from './apps/app.ts';
import { move } from './durable-move.ts';
import { exists, removeEmptyFolder, stateOfFolder } from './folder-state.ts';
import type { Layout } from './layout.ts';
import { setOwnership } from './set-ownership.ts';
import { stageUpload } from './stage-upload.ts';
import { findConflicts, type Upload } from './upload.ts';
import type { Work } from './work.ts';

/** Installs an upload, or refuses it and leaves it in place. */
export async function installUpload(
  layout: Layout,
  app: App,
  upload: Upload & { kind: 'folder' | 'archive' },
  work: Work,
): Promise<void> {
  await explained(`Cannot import ${upload.path}`, async () => {
    await stageUpload(layout, app, upload, work);
    await finishInstall(layout, app, work);
  });
  work.log.notice(`Imported the data of ${layout.domain} from ${upload.path}.`);
}

/** Completes the import that an earlier run began, if there was one. Returns whether there was one. */
export async function finishInstall(layout: Layout, app: App, work: Work): Promise<boolean> {
  const { arriving, copying, copied, home } = layout;
  const wasCopied = await exists(copied);
  if (wasCopied && (await exists(copying))) await move(copying, arriving);
  else await rm(copying, { recursive: true, force: true });
  const arrives = await exists(arriving);
  if (arrives) {
    // The owners and modes of a copy were set while it was created.
    if (!wasCopied) await setOwnershipOrReturn(layout, work.signal);
    if (await app.arrange?.(arriving, layout, work))
      await setOwnership(arriving, { ownership: layout, signal: work.signal });
    await place(arriving, home);
  }
  if (wasCopied) {
    await rm(copied, { recursive: true, force: true });
    await syncFolder(dirname(copied));
  }
  return arrives;
}

/** Moves an upload that turns out to be invalid after its check back to its place. */
async function setOwnershipOrReturn(layout: Layout, signal: AbortSignal): Promise<void> {
  const { arriving, upload } = layout;
  try {
    await setOwnership(arriving, { ownership: layout, signal });
  } catch (error) {
    if (error instanceof FreeholdError && !(await exists(upload)))
      await move(arriving, upload).catch(() => undefined);
    throw error;
  }
}

/** Moves the content of a folder into another one, which may exist but must not contain the same names. */
async function place(from: string, to: string): Promise<void> {
  if ((await stateOfFolder(to)) === 'empty') await removeEmptyFolder(to);
  if (!(await exists(to))) return move(from, to);
  const conflicts = await findConflicts(from, to);
  if (conflicts.length > 0) {
    throw new FreeholdError(
      `${conflicts.join(' and ')} conflicts with the content of ${from}. Move one of the two away.`,
    );
  }
  for (const name of await readdir(from, { encoding: 'buffer' })) {
    const target = Buffer.concat([Buffer.from(`${to}/`), name]);
    if ((await stateOfFolder(to, String(name))) === 'empty') await removeEmptyFolder(join(to, String(name)));
    await rename(Buffer.concat([Buffer.from(`${from}/`), name]), target);
  }
  await syncFolder(to);
  await rmdir(from);
  await syncFolder(dirname(from));
}
