// Moves a delivery to where the domain's data is. Each step leaves names from which the next run
// sees how far it got, so a run that is killed at any moment is finished by the next one:
//
//   delivery ──────────────────────────► arriving ──► home    on one file system
//   delivery ──► copying (copied := delivery) ──► arriving ──► home    across two
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import type { Log } from '@freehold/core/log';
import { syncFolder } from '@freehold/core/write-atomic';
import { copyTree } from './copy-tree.ts';
import { findConflicts } from './delivery.ts';
import { exists, removeEmptyFolder, stateOfFolder } from './folder-state.ts';
import type { Layout } from './layout.ts';
import { settleTree } from './settle-tree.ts';

export interface Work {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Brings a delivery home that has been checked. */
export async function bringHome(layout: Layout, work: Work): Promise<void> {
  await explained(`${layout.delivery} could not be brought in`, async () => {
    await takeIn(layout, work);
    await finishArrival(layout, work);
  });
}

/** Finishes what an earlier run began, if there was one. */
export async function finishArrival(layout: Layout, { log, signal }: Work): Promise<void> {
  const { domain, delivery, arriving, copying, copied, home, siteOwner } = layout;
  const wasCopied = await exists(copied);
  if (wasCopied && (await exists(copying))) await move(copying, arriving);
  else await rm(copying, { recursive: true, force: true });
  if (await exists(arriving)) {
    await settleOrReturn(layout, () => settleTree(arriving, { siteOwner, signal }));
    await place(arriving, home);
    log.notice(`The data of ${domain} was brought in from ${delivery}.`);
  }
  if (wasCopied) {
    await rm(copied, { recursive: true, force: true });
    await syncFolder(dirname(copied));
  }
}

async function takeIn(layout: Layout, { signal, log }: Work): Promise<void> {
  const { delivery, arriving, copying, copied, siteOwner } = layout;
  try {
    return await move(delivery, arriving);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  log.info(`${delivery} is on another file system; copying it.`);
  try {
    await copyTree(delivery, copying, signal);
    await settleTree(copying, { siteOwner, signal, sync: true });
    await syncFolder(dirname(copying));
  } catch (error) {
    await rm(copying, { recursive: true, force: true });
    signal.throwIfAborted();
    throw error;
  }
  // From here on the copy is what counts.
  await move(delivery, copied);
}

/** A delivery that turns out bad although it was checked goes back to where it was. */
async function settleOrReturn({ arriving, delivery }: Layout, settle: () => Promise<void>): Promise<void> {
  try {
    await settle();
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

/** Renames durably, between two folders that may differ. */
async function move(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
}
