// Moves a delivery to where the domain's data is. Each step leaves names from which the next run
// sees how far it got, so a run that is killed at any moment is finished by the next one:
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
import { type Delivery, findConflicts } from './delivery.ts';
import { move } from './durable-move.ts';
import { exists, removeEmptyFolder, stateOfFolder } from './folder-state.ts';
import type { Layout } from './layout.ts';
import { settleTree } from './settle-tree.ts';
import { takeIn } from './take-in.ts';
import type { Work } from './work.ts';

/** Brings a delivery home, or refuses it and leaves it where it is. */
export async function bringHome(
  layout: Layout,
  app: App,
  delivery: Delivery & { kind: 'folder' | 'archive' },
  work: Work,
): Promise<void> {
  await explained(`Cannot import ${delivery.path}`, async () => {
    await takeIn(layout, app, delivery, work);
    await finishArrival(layout, app, work);
  });
  work.log.notice(`Imported the data of ${layout.domain} from ${delivery.path}.`);
}

/** Finishes what an earlier run began, if there was one. Says whether there was something to bring home. */
export async function finishArrival(layout: Layout, app: App, work: Work): Promise<boolean> {
  const { arriving, copying, copied, home } = layout;
  const wasCopied = await exists(copied);
  if (wasCopied && (await exists(copying))) await move(copying, arriving);
  else await rm(copying, { recursive: true, force: true });
  const arrives = await exists(arriving);
  if (arrives) {
    // A copy was settled while it was made.
    if (!wasCopied) await settleOrReturn(layout, work.signal);
    if (await app.arrange?.(arriving, layout, work))
      await settleTree(arriving, { ownership: layout, signal: work.signal });
    await place(arriving, home);
  }
  if (wasCopied) {
    await rm(copied, { recursive: true, force: true });
    await syncFolder(dirname(copied));
  }
  return arrives;
}

/** A delivery that turns out bad although it was checked goes back to where it was. */
async function settleOrReturn(layout: Layout, signal: AbortSignal): Promise<void> {
  const { arriving, delivery } = layout;
  try {
    await settleTree(arriving, { ownership: layout, signal });
  } catch (error) {
    if (error instanceof FreeholdError && !(await exists(delivery)))
      await move(arriving, delivery).catch(() => undefined);
    throw error;
  }
}

/** Moves all of a folder into another one that may be there, but has nothing of the same name. */
async function place(from: string, to: string): Promise<void> {
  if ((await stateOfFolder(to)) === 'empty') await removeEmptyFolder(to);
  if (!(await exists(to))) return move(from, to);
  const conflicts = await findConflicts(from, to);
  if (conflicts.length > 0) {
    throw new FreeholdError(
      `${conflicts.join(' and ')} is in the way of what is in ${from}: move one of the two away.`,
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
