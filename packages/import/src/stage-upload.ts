// The first half of an import: checks the upload and moves or copies it completely to a name from which the
// next run knows how far it has come (see install-upload.ts).
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import type { App } from './apps/app.ts';
import { arrange, refuseLinksAtTop } from './archive/arrange.ts';
import { unpack } from './archive/unpack.ts';
import { checkTree } from './check-tree.ts';
import { copyTree } from './copy-tree.ts';
import type { Size } from './describe-progress.ts';
import { move } from './durable-move.ts';
import { identityOf } from './file-identity.ts';
import { keepDiskReserve } from './keep-disk-reserve.ts';
import type { Layout } from './layout.ts';
import { startProgress } from './progress.ts';
import { refusePagesAlone } from './refuse-pages-alone.ts';
import { withRepackHint } from './repack-hint.ts';
import { setOwnership } from './set-ownership.ts';
import { checkFit, type Upload } from './upload.ts';
import type { Work } from './work.ts';

/** Stages an upload. A refused upload stays in place. @throws FreeholdError stating why. */
export async function stageUpload(
  layout: Layout,
  app: App,
  upload: Upload & { kind: 'folder' | 'archive' },
  work: Work,
): Promise<void> {
  try {
    if (upload.kind === 'archive') await stageArchive(layout, app, upload, work);
    else await stageFolder(layout, app, work);
  } catch (error) {
    work.signal.throwIfAborted();
    if (!(error instanceof FreeholdError)) throw error;
    throw new FreeholdError(`Cannot import ${upload.path}: ${reasonOf(error)}`, { cause: error });
  }
}

async function stageArchive(
  layout: Layout,
  app: App,
  archive: Upload & { kind: 'archive' },
  work: Work,
): Promise<void> {
  const read = await identityOf(archive.path);
  await stage(layout, work, async () => {
    try {
      await unpack(archive, { layout, app, root: layout.copying }, work);
      const moved = await arrange(layout.copying, app, { layout, signal: work.signal });
      await refuseLinksAtTop(layout.copying);
      await checkFit(layout.copying, layout, app);
      if (moved) work.log.info(moved);
    } catch (error) {
      throw withRepackHint(error, layout.domain);
    }
  });
  // The file that has the name now will be removed, so it must be the one that was unpacked.
  if ((await identityOf(archive.path)) !== read) {
    await rm(layout.copying, { recursive: true, force: true });
    throw new FreeholdError(
      'it was changed or replaced while it was read, so it may still be uploaded. Start the site again once it is complete.',
    );
  }
  await move(archive.path, layout.copied);
}

async function stageFolder(layout: Layout, app: App, work: Work): Promise<void> {
  const { upload, arriving } = layout;
  await refusePagesAlone(layout, app);
  await checkFit(upload, layout, app);
  const found = await checkTree(upload, { ownership: layout, signal: work.signal });
  try {
    return await move(upload, arriving);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  work.log.info(`${upload} is on another file system; copying it.`);
  await keepDiskReserve(layout, dirname(layout.copying)).before(found.bytes);
  await stage(layout, work, () => copy(layout, found, work));
  await finishCopy(layout, found.identity, work);
}

/** The source is removed only if all of it is in the copy: it may still be uploading. */
async function finishCopy(layout: Layout, stateCopied: string, { signal }: Work): Promise<void> {
  const { upload, copying, copied } = layout;
  try {
    const { identity } = await checkTree(upload, { ownership: layout, signal });
    if (identity !== stateCopied) {
      throw new FreeholdError(
        'it changed while it was copied, so it may still be uploaded. Start the site again once it is complete.',
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    await rm(copying, { recursive: true, force: true });
    throw error;
  }
  await move(upload, copied);
}

async function copy(layout: Layout, total: Size, work: Work): Promise<void> {
  const { upload, copying } = layout;
  const progress = startProgress({ ...work, what: upload, total });
  try {
    await copyTree(upload, copying, { signal: work.signal, progress });
  } finally {
    progress.stop();
  }
  await setOwnership(copying, { ownership: layout, signal: work.signal });
}

/**
 * Creates a copy that is completely on disk afterwards, or does not exist. It is valid once its source is
 * moved. When the run is stopped, there is no time to remove an incomplete copy: the next run does.
 */
async function stage({ copying }: Layout, { signal }: Work, make: () => Promise<void>): Promise<void> {
  try {
    await make();
    await syncFileSystem(dirname(copying), signal);
  } catch (error) {
    signal.throwIfAborted();
    await rm(copying, { recursive: true, force: true });
    throw error;
  }
}
