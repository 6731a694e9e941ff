// From a commit that is wanted to a worktree that can be published.
import { rm } from 'node:fs/promises';
import { reasonOf } from '@freehold/core/error';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import { isWorthRemaking } from './explain-failure.ts';
import { fetchCommit } from './fetch-commit.ts';
import type { Worktree } from './links.ts';
import { hasCommit, prepareRepository, removeLeftovers, replaceRepository } from './repository.ts';
import type { Site } from './site.ts';
import { makeWorktree, removeOldWorktrees } from './worktree.ts';

/** `source` is what a fetch asks the remote for. */
export interface Goal {
  readonly commit: string;
  readonly source: string;
}

/**
 * Makes a worktree of a commit, fetched if need be, whole on disk and seen by nobody yet. A repository that does not
 * serve for that is made anew once; what is published stays as it is in any case.
 */
export async function bringCommit(site: Site, goal: Goal): Promise<Worktree> {
  const { layout, signal } = site;
  try {
    await prepareRepository(site, layout.repository, goal.commit);
    await removeOldWorktrees(site);
    const worktree = await attempt(site, goal).catch((error) => attemptAnew(site, goal, error));
    await syncFileSystem(layout.base, signal);
    return worktree;
  } catch (error) {
    // A stopped program has no time for that, and the next one does it anyway.
    if (!signal.aborted) await removeUnfinished(site);
    throw error;
  }
}

async function attemptAnew(site: Site, goal: Goal, error: unknown): Promise<Worktree> {
  const { layout, log, signal } = site;
  signal.throwIfAborted();
  if (!isWorthRemaking(error)) throw error;
  log.warning(
    `The copy of the repository of ${layout.domain} is of no use, and is made anew: ${reasonOf(error)}`,
  );
  await remake(site, goal);
  await removeOldWorktrees(site);
  return attempt(site, goal);
}

async function removeUnfinished(site: Site): Promise<void> {
  const { repository, remade } = site.layout;
  await rm(remade, { recursive: true, force: true });
  await removeLeftovers(repository);
  await removeOldWorktrees(site);
}

async function attempt(site: Site, goal: Goal): Promise<Worktree> {
  const { repository } = site.layout;
  const isHere = await hasCommit(site, goal.commit);
  const commit = isHere ? goal.commit : await fetchCommit(site, goal.source, repository);
  return makeWorktree(site, commit);
}

/** Beside the old one, which stays if nothing comes: perhaps it is the remote that is broken. */
async function remake(site: Site, goal: Goal): Promise<void> {
  const { remade } = site.layout;
  await prepareRepository(site, remade, goal.commit);
  await fetchCommit(site, goal.source, remade);
  await replaceRepository(site);
}
