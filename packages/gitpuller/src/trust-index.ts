// Keeps a comparison of a worktree with its commit a matter of stat(2) alone.
import { lstat, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '@freehold/core/error';
import type { Place } from './git.ts';
import type { Site } from './site.ts';

/** How much later than now a trusted index says that it was written. */
const marginMs = 2000;

/**
 * git reads each file again that changed in the second in which the index was written, as its stat alone might not show
 * a later change ("racy git" in its documentation). Nobody else writes here, so an index of two seconds later makes each
 * comparison a matter of stat(2) alone. The price: a change of the same length, in place, in the very second of the
 * checkout is not seen.
 */
export async function trustIndex(index: string, notBefore = 0): Promise<void> {
  const later = new Date(Math.max(Date.now(), Math.ceil(notBefore)) + marginMs);
  await utimes(index, later, later);
}

/** Whether the folder got another inode or owner since its index was trusted, and so did its files, most likely. */
export async function isIndexStale({ repository, worktree }: Required<Place>): Promise<boolean> {
  const [index, folder] = await Promise.all([lstat(join(repository, 'index')), lstat(worktree)]);
  return folder.ctimeMs > index.mtimeMs - marginMs;
}

/** Writes into the index what stat(2) says now of the files, which were found to be those of the commit. */
export async function refreshIndex(site: Site, place: Required<Place>): Promise<void> {
  const { git, log, layout, signal } = site;
  const index = join(place.repository, 'index');
  try {
    // Of a run that was killed in the middle of this; the lock of the site is held.
    await rm(`${index}.lock`, { force: true });
    await git(['update-index', '-q', '--refresh'], place);
    await trustIndex(index, (await lstat(place.worktree)).ctimeMs);
  } catch (error) {
    signal.throwIfAborted();
    log.warning(
      `The index of ${layout.domain} could not be refreshed, so each pull reads every file: ${reasonOf(error)}`,
    );
  }
}
