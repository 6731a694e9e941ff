// One pull: compares the remote's commit with the current one, and publishes it if they differ.
import { reasonOf } from '@freehold/core/error';
import { askRemote, type Wanted } from './ask-remote.ts';
import { countFiles, warnOfLfs, warnOfSubmodules } from './describe-commit.ts';
import { forgetRefusal, rememberRefusal, repeatRefusal } from './failed-commit.ts';
import { shorten } from './git-ref.ts';
import { publishWorktree, readPublished, type Worktree } from './links.ts';
import { describeOwnerFiles, noteCheck } from './note-check.ts';
import { prepareWorktree } from './prepare-worktree.ts';
import { forgetRefused, readRefused } from './refused.ts';
import { repackRepository } from './repack-repository.ts';
import type { Site } from './site.ts';
import { removeUnusedSubmodules } from './submodule-folders.ts';
import { findTampering, type MadeWorktree, removeOldWorktrees } from './worktree.ts';

export async function pull(site: Site): Promise<void> {
  const { layout, log } = site;
  const ownerFiles = await describeOwnerFiles(layout);
  const wanted = await askRemote(await site.remote());
  const served = await readPublished(layout, 'served');
  const refused = await readRefused(layout);
  // A commit that was rolled back stays unpublished as long as the remote has nothing newer.
  const isHeld = served !== undefined && refused === wanted.commit && served.commit !== refused;
  const goal = isHeld ? { ...wanted, commit: served.commit, source: served.commit } : wanted;
  if (served?.commit === goal.commit && (await isWhole(site, served))) {
    log.info(
      isHeld ? heldSentence(site, served, wanted) : `Unchanged: ${layout.domain} serves ${describe(wanted)}.`,
    );
  } else {
    await replaceServed(site, goal, served);
  }
  if (refused !== undefined && !isHeld) await forgetRefused(layout);
  await note(site, { ownerFiles, wanted, commit: goal.commit });
}

/** Without it, the next check starts a pull. */
async function note(site: Site, found: Parameters<typeof noteCheck>[1]): Promise<void> {
  try {
    await noteCheck(site, found);
  } catch (error) {
    site.signal.throwIfAborted();
    site.log.warning(`Cannot note the state of ${site.layout.domain}: ${reasonOf(error)}`);
  }
}

/** Publishes a commit and reports it. */
async function replaceServed(site: Site, goal: Wanted, served: Worktree | undefined): Promise<void> {
  const { layout, log } = site;
  const worktree = await prepare(site, goal);
  await publishWorktree(layout, worktree);
  const isNew = served?.commit !== worktree.commit;
  const what = isNew ? `: ${await countFiles(site, served?.commit, worktree.commit)}` : ', checked out again';
  log.notice(`${layout.domain} now serves ${describe({ ...goal, commit: worktree.commit })}${what}.`);
  warnOfSubmodules(site, worktree);
  await warnOfLfs(site, worktree);
  await removeOldCommits(site);
}

async function prepare(site: Site, goal: Wanted): Promise<MadeWorktree> {
  await repeatRefusal(site, goal.commit);
  try {
    const worktree = await prepareWorktree(site, goal);
    await forgetRefusal(site);
    return worktree;
  } catch (error) {
    site.signal.throwIfAborted();
    await rememberRefusal(site, goal.commit, error);
    throw error;
  }
}

/** The new commit is already published: an error here is left to the next run. */
async function removeOldCommits(site: Site): Promise<void> {
  const { layout, log, signal } = site;
  try {
    await removeOldWorktrees(site);
    const submodules = await removeUnusedSubmodules(layout);
    for (const repository of [layout.repository, ...submodules]) await repackRepository(site, repository);
  } catch (error) {
    signal.throwIfAborted();
    log.warning(`Cannot remove the old commits of ${layout.domain}: ${reasonOf(error)}`);
  }
}

async function isWhole(site: Site, served: Worktree): Promise<boolean> {
  const { layout, log } = site;
  const tampered = await findTampering(site, served);
  if (tampered?.length === 0) return true;
  if (tampered === undefined) {
    log.warning(`Cannot compare the files of ${layout.domain} with their commit; checking it out again.`);
  } else {
    const shown = tampered
      .slice(0, 5)
      .map((path) => JSON.stringify(path))
      .join(', ');
    const more = tampered.length > 5 ? ` and ${tampered.length - 5} more` : '';
    log.warning(
      `The files of ${layout.domain} were changed locally; checking them out again: ${shown}${more}.`,
    );
  }
  return false;
}

function describe({ commit, name }: Wanted): string {
  return `${commit} (${shorten(commit)}, ${name})`;
}

function heldSentence({ layout }: Site, served: Worktree, wanted: Wanted): string {
  return `${layout.domain} stays at ${shorten(served.commit)}: it was rolled back from ${describe(wanted)}, which is still the newest commit.`;
}
