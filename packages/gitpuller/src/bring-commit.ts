// From a commit that is wanted to a worktree that can be published.
import { rm } from 'node:fs/promises';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { reasonOf } from '@freehold/core/error';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import { isWorthRemaking } from './explain-failure.ts';
import { fetchCommit } from './fetch-commit.ts';
import { refusalOf } from './refusal.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { endDeadRun, hasCommit, prepareRepository, replaceRepository } from './repository.ts';
import type { Site } from './site.ts';
import { dropNewest } from './tidy-repository.ts';
import { type MadeWorktree, makeWorktree, removeOldWorktrees } from './worktree.ts';

/** `source` is what a fetch asks the remote for. */
export interface Goal {
  readonly commit: string;
  readonly source: string;
}

/**
 * Makes a worktree of a commit, fetched if need be, whole on disk and seen by nobody yet. A repository that does not
 * serve for that is made anew once; what is published stays as it is in any case.
 */
export async function bringCommit(site: Site, goal: Goal): Promise<MadeWorktree> {
  const { layout, signal } = site;
  try {
    await endDeadRun(site);
    await prepareRepository(site, layout.repository, goal.commit);
    await removeOldWorktrees(site);
    const worktree = await attempt(site, goal).catch((error) => attemptAnew(site, goal, error));
    await syncFileSystem(layout.base, signal);
    return worktree;
  } catch (error) {
    // A stopped program has no time for that, and the next one does it anyway.
    if (!signal.aborted) await removeUnfinished(site, error);
    throw error;
  }
}

async function attemptAnew(site: Site, goal: Goal, error: unknown): Promise<MadeWorktree> {
  const { layout, log, settings, signal } = site;
  signal.throwIfAborted();
  if (!isWorthRemaking(error)) throw error;
  // git does not always say that it was a full disk which made it fail.
  await assertDiskReserve({ path: layout.base, needed: 1_000_000, reserve: settings.diskReserve });
  log.warning(
    `The copy of the repository of ${layout.domain} cannot be used, so it is fetched anew: ${reasonOf(error)}`,
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

/** Beside the old one, which stays if nothing comes: perhaps it is the remote that is broken. */
async function remake(site: Site, goal: Goal): Promise<void> {
  const { remade, submodules } = site.layout;
  await prepareRepository(site, remade, goal.commit);
  await fetch(site, goal, remade);
  await replaceRepository(site);
  // One of these may be the broken one.
  await rm(submodules, { recursive: true, force: true });
}
