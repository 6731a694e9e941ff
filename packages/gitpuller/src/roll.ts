// `--to COMMIT`: another commit at once, and the timer does not undo it.
import { FreeholdError } from '@freehold/core/error';
import { askRemote } from './ask-remote.ts';
import { bringCommit } from './bring-commit.ts';
import { isCommitId, shorten } from './git-ref.ts';
import { publishWorktree, readPublished, type Worktree } from './links.ts';
import { forgetRefused, readRefused, writeRefused } from './refused.ts';
import type { Site } from './site.ts';
import { findTampering } from './worktree.ts';

/** Publishes a commit, given by its whole id or by the beginning of one that is here. */
export async function rollTo(site: Site, wish: string): Promise<void> {
  const { layout, log } = site;
  const served = await readPublished(layout, 'served');
  const commit = await resolve(site, wish);
  const refused =
    (await readRefused(layout)) ?? served?.commit ?? (await askRemote(await site.remote())).commit;
  if (served?.commit === commit) {
    log.info(`${layout.domain} serves ${commit} already.`);
  } else {
    const worktree = await findWorktree(site, commit);
    // Before the link, so that no run that comes between publishes again what is being taken back.
    if (commit !== refused) await writeRefused(layout, refused);
    await publishWorktree(layout, worktree);
    log.notice(`${layout.domain} now serves ${commit} (${shorten(commit)}).${outlook(commit, refused)}`);
  }
  if (commit === refused) await forgetRefused(layout);
}

function outlook(commit: string, refused: string): string {
  if (commit === refused) return '';
  return ` It stays so until the remote has something newer than ${shorten(refused)}.`;
}

/** The previous worktree is taken as it is, unless somebody has changed it: that needs neither time nor network. */
async function findWorktree(site: Site, commit: string): Promise<Worktree> {
  const previous = await readPublished(site.layout, 'previous');
  if (previous?.commit === commit) {
    const tampered = await findTampering(site, previous);
    if (tampered === undefined || tampered.length === 0) return previous;
    site.log.warning(`Somebody has changed the files of ${commit}, which are made anew.`);
  }
  return bringCommit(site, { commit, source: commit });
}

async function resolve(site: Site, wish: string): Promise<string> {
  if (isCommitId(wish)) return wish;
  const { layout } = site;
  const published = await Promise.all([readPublished(layout, 'served'), readPublished(layout, 'previous')]);
  const known = published.flatMap((worktree) => (worktree?.commit.startsWith(wish) ? [worktree.commit] : []));
  const here = await findByPrefix(site, wish);
  const found = [...new Set([...known, ...here])];
  if (found.length === 1 && found[0] !== undefined) return found[0];
  throw new FreeholdError(
    found.length === 0
      ? `${layout.domain} was not rolled to ${wish}: no commit that is here begins so; give the whole id, and it will be fetched.`
      : `${layout.domain} was not rolled to ${wish}: ${found.length} commits begin so (${found.join(', ')}); give more of the id.`,
  );
}

/** --disambiguate gives objects of all kinds, of which only commits are meant. */
async function findByPrefix({ git, layout, signal }: Site, prefix: string): Promise<string[]> {
  const repository = layout.repository;
  try {
    const objects = (await git(['rev-parse', `--disambiguate=${prefix}`], { repository }))
      .split('\n')
      .filter(Boolean);
    const types = await Promise.all(objects.map((id) => git(['cat-file', '-t', id], { repository })));
    return objects.filter((_, index) => types[index]?.trim() === 'commit');
  } catch {
    signal.throwIfAborted();
    return [];
  }
}
