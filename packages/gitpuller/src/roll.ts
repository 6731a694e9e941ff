// `--to COMMIT`: publishes another commit immediately, and the timer does not undo it.
import { FreeholdError } from '@freehold/core/error';
import { askRemote } from './ask-remote.ts';
import { isCommitId, shorten } from './git-ref.ts';
import { publishWorktree, readPublished, type Worktree } from './links.ts';
import { prepareWorktree } from './prepare-worktree.ts';
import { forgetRefused, readRefused, writeRefused } from './refused.ts';
import type { Site } from './site.ts';
import { findTampering } from './worktree.ts';

/** Publishes a commit, given by its full id or the beginning of a local one's id. */
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
    // Written before the link changes, so that no run in between publishes the rolled-back commit again.
    if (commit !== refused) await writeRefused(layout, refused);
    await publishWorktree(layout, worktree);
    log.notice(`${layout.domain} now serves ${commit} (${shorten(commit)}).${outlook(commit, refused)}`);
  }
  if (commit === refused) await forgetRefused(layout);
}

function outlook(commit: string, refused: string): string {
  if (commit === refused) return '';
  return ` It stays there until the remote has a newer commit than ${shorten(refused)}.`;
}

/** The previous worktree is reused unless somebody has changed it: that needs neither time nor network. */
async function findWorktree(site: Site, commit: string): Promise<Worktree> {
  const previous = await readPublished(site.layout, 'previous');
  if (previous?.commit === commit) {
    const tampered = await findTampering(site, previous);
    if (tampered === undefined || tampered.length === 0) return previous;
    site.log.warning(`The files of ${commit} were changed locally; checking them out again.`);
  }
  return prepareWorktree(site, { commit, source: commit });
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
      ? `${layout.domain} was not rolled back to ${wish}: no local commit begins with it. Give the full id, and it will be fetched.`
      : `${layout.domain} was not rolled back to ${wish}: ${found.length} commits begin with it (${found.join(', ')}). Give more of the id.`,
  );
}

/** --disambiguate lists objects of all kinds; only commits count. */
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
