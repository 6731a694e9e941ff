// Turns a wanted commit into a worktree that can be published.
import { rm } from 'node:fs/promises';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { reasonOf } from '@freehold/core/error';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import { isWorthRemaking } from './explain-failure.ts';
import { fetchCommit } from './fetch-commit.ts';
import { refusalOf } from './refusal.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { dropNewest } from './repack-repository.ts';
import { endDeadRun, hasCommit, prepareRepository, replaceRepository } from './repository.ts';
import type { Site } from './site.ts';
import { type MadeWorktree, makeWorktree, removeOldWorktrees } from './worktree.ts';

/** `source` is the argument for a fetch from the remote. */
export interface Goal {
  readonly commit: string;
  readonly source: string;
}

/**
 * Creates a complete worktree of a commit that nobody sees yet, fetching it if necessary. An unusable
 * repository is recreated once; the published worktree is not affected in any case.
 */
export async function prepareWorktree(site: Site, goal: Goal): Promise<MadeWorktree> {
  const { layout, signal } = site;
  try {
    await endDeadRun(site);
    await prepareRepository(site, layout.repository, goal.commit);
    await removeOldWorktrees(site);
    const worktree = await attempt(site, goal).catch((error) => attemptAnew(site, goal, error));
    await syncFileSystem(layout.base, signal);
    return worktree;
  } catch (error) {
    // A program that was stopped has no time for that, and the next run does it anyway.
    if (!signal.aborted) await removeUnfinished(site, error);
    throw error;
  }
}

async function attemptAnew(site: Site, goal: Goal, error: unknown): Promise<MadeWorktree> {
  const { layout, log, settings, signal } = site;
  signal.throwIfAborted();
  if (!isWorthRemaking(error)) throw error;
  // git does not always report that its failure was caused by a full disk.
  await assertDiskReserve({ path: layout.base, needed: 1_000_000, reserve: settings.diskReserve });
  log.warning(
    `The copy of the repository of ${layout.domain} is unusable and will be fetched again: ${reasonOf(error)}`,
  );
  await remake(site, goal);
  await removeOldWorktrees(site);
  return attempt(site, goal);
}

async function removeUnfinished(site: Site, error: unknown): Promise<void> {
  const { repository, remade, submodules } = site.layout;
  await rm(remade, { recursive: true, force: true });
  await removeLeftovers(repository);
  await removeLeftovers(submodules);
  await removeOldWorktrees(site);
  if (refusalOf(error)) await dropNewest(site, repository).catch(() => site.signal.throwIfAborted());
}

async function attempt(site: Site, goal: Goal): Promise<MadeWorktree> {
  const { repository } = site.layout;
  const isHere = await hasCommit(site, { repository, commit: goal.commit });
  const commit = isHere ? goal.commit : await fetch(site, goal, repository);
  return makeWorktree(site, commit);
}

async function fetch(site: Site, goal: Goal, repository: string): Promise<string> {
  return fetchCommit({ site, remote: await site.remote(), repository }, goal.source);
}

/** Beside the old one, which remains if the fetch fails: the remote may be the broken one. */
async function remake(site: Site, goal: Goal): Promise<void> {
  const { remade, submodules } = site.layout;
  await prepareRepository(site, remade, goal.commit);
  await fetch(site, goal, remade);
  await replaceRepository(site);
  // One of these may be broken.
  await rm(submodules, { recursive: true, force: true });
}
