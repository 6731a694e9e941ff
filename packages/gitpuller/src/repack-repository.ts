// Keeps a repository from growing with every change.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { refusalOf } from './refusal.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { everything, newest } from './repository.ts';
import type { Site } from './site.ts';
import { withDiskWatch } from './watch-disk.ts';

/** Each fetch adds one pack. Beyond this number they are repacked. */
const maxPacks = 30;
/** In bytes: a smaller repository is not worth the work, whatever its share of old objects. */
const smallBytes = 16e6;

/**
 * Whether packs of these sizes should be repacked, which drops the objects that no worktree needs any more:
 * if there are many of them, or if those after the largest have become as large as that one. So the work is
 * proportional to the fetched data, and the repository stays below about twice its largest pack.
 */
export function isOvergrown(sizes: readonly number[]): boolean {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.length > maxPacks || total > 2 * Math.max(0, ...sizes) + smallBytes;
}

/** Repacks a repository that has grown. No other git may be running. */
export async function repackRepository(site: Site, repository: string): Promise<void> {
  if (isOvergrown(await sizesOfPacks(repository))) await repack(site, repository);
}

/** Drops a commit that was fetched and then refused. */
export async function dropNewest(site: Site, repository: string): Promise<void> {
  await site.git(['update-ref', '-d', newest], { repository });
  await repack(site, repository);
}

async function repack(site: Site, repository: string): Promise<void> {
  const { git, settings, signal } = site;
  await rm(join(repository, everything), { recursive: true, force: true });
  try {
    await withDiskWatch({ repository, reserve: settings.diskReserve }, (stop) =>
      git(['gc', '--quiet', '--prune=now'], { repository }, { signal: stop }),
    );
  } catch (error) {
    signal.throwIfAborted();
    await removeLeftovers(repository);
    const reason = reasonOf(error).replace(/\.$/, '');
    if (refusalOf(error)) throw new FreeholdError(`Did not repack ${repository}: ${reason}.`);
    // It would fail again and again while the repository grows. Everything in it can be fetched again.
    await rm(repository, { recursive: true, force: true });
    throw new FreeholdError(
      `Cannot repack ${repository}; removed it, and the next pull will fetch it again: ${reason}.`,
      { cause: error },
    );
  }
}

async function sizesOfPacks(repository: string): Promise<number[]> {
  const folder = join(repository, 'objects/pack');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pack'));
  return Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
}
