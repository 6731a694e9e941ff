// The first half of the way home: what was delivered, checked and whole, under a name by which the
// next run knows how far it has come (see bring-home.ts).
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import type { App } from './apps/app.ts';
import { arrange, refuseLinksAtTop } from './archive/arrange.ts';
import { unpack } from './archive/unpack.ts';
import { checkTree } from './check-tree.ts';
import { copyTree } from './copy-tree.ts';
import { checkFit, type Delivery } from './delivery.ts';
import type { Size } from './describe-progress.ts';
import { move } from './durable-move.ts';
import { identityOf } from './file-identity.ts';
import { keepDiskReserve } from './keep-disk-reserve.ts';
import type { Layout } from './layout.ts';
import { startProgress } from './progress.ts';
import { refusePagesAlone } from './refuse-pages-alone.ts';
import { withRepackHint } from './repack-hint.ts';
import { settleTree } from './settle-tree.ts';
import type { Work } from './work.ts';

/** Takes a delivery in; one that is refused stays where it is. @throws FreeholdError saying why. */
export async function takeIn(
  layout: Layout,
  app: App,
  delivery: Delivery & { kind: 'folder' | 'archive' },
  work: Work,
): Promise<void> {
  try {
    if (delivery.kind === 'archive') await takeArchive(layout, app, delivery, work);
    else await takeFolder(layout, app, work);
  } catch (error) {
    work.signal.throwIfAborted();
    if (!(error instanceof FreeholdError)) throw error;
    throw new FreeholdError(`Cannot import ${delivery.path}: ${reasonOf(error)}`, { cause: error });
  }
}

async function takeArchive(
  layout: Layout,
  app: App,
  archive: Delivery & { kind: 'archive' },
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
  // What bears the name now is removed in the end, so it has to be what was unpacked.
  if ((await identityOf(archive.path)) !== read) {
    await rm(layout.copying, { recursive: true, force: true });
    throw new FreeholdError(
      'it was changed or replaced while it was read, so it may still be uploaded. Start the site again once it is complete.',
    );
  }
  await move(archive.path, layout.copied);
}

async function takeFolder(layout: Layout, app: App, work: Work): Promise<void> {
  const { delivery, arriving } = layout;
  await refusePagesAlone(layout, app);
  await checkFit(delivery, layout, app);
  const found = await checkTree(delivery, { ownership: layout, signal: work.signal });
  try {
    return await move(delivery, arriving);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  work.log.info(`${delivery} is on another file system; copying it.`);
  await keepDiskReserve(layout, dirname(layout.copying)).before(found.bytes);
  await stage(layout, work, () => copy(layout, found, work));
  await finishCopy(layout, found.identity, work);
}

/** The source is given up only if all of it is in the copy: it may still be uploaded. */
async function finishCopy(layout: Layout, stateCopied: string, { signal }: Work): Promise<void> {
  const { delivery, copying, copied } = layout;
  try {
    const { identity } = await checkTree(delivery, { ownership: layout, signal });
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
  await move(delivery, copied);
}

async function copy(layout: Layout, total: Size, work: Work): Promise<void> {
  const { delivery, copying } = layout;
  const progress = startProgress({ ...work, what: delivery, total });
  try {
    await copyTree(delivery, copying, { signal: work.signal, progress });
  } finally {
    progress.stop();
  }
  await settleTree(copying, { ownership: layout, signal: work.signal });
}

/**
 * Makes a copy that is whole on disk afterwards, or not there. It counts once its source is moved.
 * When the run is to stop, there is no time to remove what is half made: the next run does.
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
