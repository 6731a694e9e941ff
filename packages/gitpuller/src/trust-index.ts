// Lets a worktree be compared with its commit by stat(2) alone.
import { lstat, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '@freehold/core/error';
import type { Place } from './git.ts';
import type { Site } from './site.ts';

/** How far in the future a trusted index's timestamp is set. */
const marginMs = 2000;

/**
 * git reads each file again that changed in the second in which the index was written, since its stat alone
 * might hide a later change ("racy git" in its documentation). Nobody else writes here, so an index dated two
 * seconds later makes each comparison a matter of stat(2) alone. The drawback: an in-place change of the same
 * length in the very second of the checkout goes undetected.
 */
export async function trustIndex(index: string, notBefore = 0): Promise<void> {
  const later = new Date(Math.max(Date.now(), Math.ceil(notBefore)) + marginMs);
  await utimes(index, later, later);
}

/**
 * Whether the folder, and so most likely its files, got another inode or owner since its index was trusted.
 */
export async function isIndexStale({ repository, worktree }: Required<Place>): Promise<boolean> {
  const [index, folder] = await Promise.all([lstat(join(repository, 'index')), lstat(worktree)]);
  return folder.ctimeMs > index.mtimeMs - marginMs;
}

/** Updates the index with the current stat(2) of the files, which were found to be those of the commit. */
export async function refreshIndex(site: Site, place: Required<Place>): Promise<void> {
  const { git, log, layout, signal } = site;
  const index = join(place.repository, 'index');
  try {
    // Left by a run that was killed in the middle of this; the caller holds the site's lock.
    await rm(`${index}.lock`, { force: true });
    await git(['update-index', '-q', '--refresh'], place);
    await trustIndex(index, (await lstat(place.worktree)).ctimeMs);
  } catch (error) {
    signal.throwIfAborted();
    log.warning(
      `Cannot refresh the index of ${layout.domain}, so each pull reads every file: ${reasonOf(error)}`,
    );
  }
}
