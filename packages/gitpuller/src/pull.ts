// One pull: what does the remote have, what is served, and is it the same?
import { reasonOf } from '@freehold/core/error';
import { askRemote, type Wanted } from './ask-remote.ts';
import { bringCommit } from './bring-commit.ts';
import { countFiles, warnOfLfs, warnOfSubmodules } from './describe-commit.ts';
import { forgetRefusal, rememberRefusal, repeatRefusal } from './failed-commit.ts';
import { shorten } from './git-ref.ts';
import { publishWorktree, readPublished, type Worktree } from './links.ts';
import { describeOwnerFiles, noteCheck } from './note-check.ts';
import { forgetRefused, readRefused } from './refused.ts';
import type { Site } from './site.ts';
import { removeUnusedSubmodules } from './submodule-folders.ts';
import { tidyRepository } from './tidy-repository.ts';
import { findTampering, type MadeWorktree, removeOldWorktrees } from './worktree.ts';

export async function pull(site: Site): Promise<void> {
  const { layout, log } = site;
  const ownerFiles = await describeOwnerFiles(layout);
  const wanted = await askRemote(await site.remote());
  const served = await readPublished(layout, 'served');
  const refused = await readRefused(layout);
  // What was taken back stays back for as long as the remote has nothing newer.
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
    site.log.warning(`What ${site.layout.domain} serves could not be noted: ${reasonOf(error)}`);
  }
}

/** Publishes a commit and reports it. */
async function replaceServed(site: Site, goal: Wanted, served: Worktree | undefined): Promise<void> {
  const { layout, log } = site;
  const worktree = await bring(site, goal);
  await publishWorktree(layout, worktree);
  const isNew = served?.commit !== worktree.commit;
  const what = isNew ? `: ${await countFiles(site, served?.commit, worktree.commit)}` : ', made anew';
  log.notice(`${layout.domain} now serves ${describe({ ...goal, commit: worktree.commit })}${what}.`);
  warnOfSubmodules(site, worktree);
  await warnOfLfs(site, worktree);
  await tidy(site);
}

async function bring(site: Site, goal: Wanted): Promise<MadeWorktree> {
  await repeatRefusal(site, goal.commit);
  try {
    const worktree = await bringCommit(site, goal);
    await forgetRefusal(site);
    return worktree;
  } catch (error) {
    site.signal.throwIfAborted();
    await rememberRefusal(site, goal.commit, error);
    throw error;
  }
}

/** The new commit is published already: an error here is left to the next run. */
async function tidy(site: Site): Promise<void> {
  const { layout, log, signal } = site;
  try {
    await removeOldWorktrees(site);
    const submodules = await removeUnusedSubmodules(layout);
    for (const repository of [layout.repository, ...submodules]) await tidyRepository(site, repository);
  } catch (error) {
    signal.throwIfAborted();
    log.warning(`The old commits of ${layout.domain} could not be removed: ${reasonOf(error)}`);
  }
}

async function isWhole(site: Site, served: Worktree): Promise<boolean> {
  const { layout, log } = site;
  const tampered = await findTampering(site, served);
  if (tampered?.length === 0) return true;
  if (tampered === undefined) {
    log.warning(
      `Whether all files of ${layout.domain} are those of its commit cannot be told: they are made anew.`,
    );
  } else {
    const shown = tampered
      .slice(0, 5)
      .map((path) => JSON.stringify(path))
      .join(', ');
    const more = tampered.length > 5 ? ` and ${tampered.length - 5} more` : '';
    log.warning(`Somebody has changed the files of ${layout.domain}, which are made anew: ${shown}${more}.`);
  }
  return false;
}

function describe({ commit, name }: Wanted): string {
  return `${commit} (${shorten(commit)}, ${name})`;
}

function heldSentence({ layout }: Site, served: Worktree, wanted: Wanted): string {
  return `${layout.domain} stays at ${shorten(served.commit)}: it was rolled back from ${describe(wanted)}, which is still the newest there.`;
}
