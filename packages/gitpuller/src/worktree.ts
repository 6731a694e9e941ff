// Worktrees: each is one commit, checked out whole before anybody sees it, and never changed afterwards.
import { lstat, mkdir, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Place } from './git.ts';
import { readPublished, type Worktree } from './links.ts';
import type { Site } from './site.ts';
import { fetchSubmodules, findMissingSubmodules } from './submodules.ts';

/** Removes every worktree that is neither served nor the previous one, and what git remembers of it. */
export async function removeOldWorktrees({ layout }: Site): Promise<void> {
  const kept = await Promise.all([readPublished(layout, 'served'), readPublished(layout, 'previous')]);
  const names = new Set(kept.map((worktree) => worktree?.name));
  // git worktree prune leaves what a git that was killed had locked, so its records are removed here.
  for (const folder of [layout.worktrees, recordsOf(layout.repository)]) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!names.has(name)) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Checks a commit out beside what is served. */
export async function makeWorktree(site: Site, commit: string): Promise<Worktree> {
  const { layout, git, settings } = site;
  await mkdir(layout.worktrees, { recursive: true });
  const taken = new Set(await readdir(layout.worktrees));
  let name = commit;
  for (let count = 2; taken.has(name); count += 1) name = `${commit}-${count}`;
  const worktree = { name, commit, path: join(layout.worktrees, name) };
  await waitForNextSecond(site);
  await git(['worktree', 'add', '--detach', worktree.path, commit], { repository: layout.repository });
  if (settings.submodules) await fetchSubmodules(site, placeOf(layout.repository, worktree));
  await trustIndex(join(recordsOf(layout.repository), name, 'index'));
  return worktree;
}

/**
 * nginx makes a file's ETag of its size and the second of its last change, so two versions of the same size from within
 * one second would be the same to a browser: no file is written in the second in which the last worktree was published.
 */
async function waitForNextSecond({ layout, signal }: Site): Promise<void> {
  const published = await lstat(layout.served).catch(() => undefined);
  if (published === undefined) return;
  const next = (Math.floor(published.mtimeMs / 1000) + 1) * 1000;
  // Not longer, if the clock was set back.
  const wait = Math.min(next - Date.now(), 1000);
  if (wait > 0) await delay(wait, undefined, { signal });
}

/**
 * git reads each file again that changed in the second in which the index was written, as its stat alone might not show
 * a later change ("racy git" in its documentation). Nobody else writes here, so an index of two seconds later makes each
 * comparison a matter of stat(2) alone. The price: a change of the same length, in place, in the very second of the
 * checkout is not seen.
 */
async function trustIndex(index: string): Promise<void> {
  const later = new Date(Date.now() + 2000);
  await utimes(index, later, later);
}

/**
 * What differs between a worktree and its commit: paths, of which the first few are enough. Reads the stat of each file
 * and writes nothing. Undefined if git does not know any more what should be there.
 */
export async function findTampering(site: Site, worktree: Worktree): Promise<string[] | undefined> {
  const { layout, git, settings, signal } = site;
  const head = await readFile(join(recordsOf(layout.repository), worktree.name, 'HEAD'), 'utf8').catch(
    () => '',
  );
  if (head.trim() !== worktree.commit) return undefined;
  const place = placeOf(layout.repository, worktree);
  const options = ['--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--ignored=matching'];
  try {
    const said = await git(['status', ...options, '--ignore-submodules=none'], place);
    const paths = said
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => line.slice(3));
    return settings.submodules ? [...paths, ...(await findMissingSubmodules(site, place))] : paths;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Where git keeps its index and HEAD of each worktree. */
function recordsOf(repository: string): string {
  return join(repository, 'worktrees');
}

/** Where to run git for a worktree. */
export function placeOf(repository: string, { name, path }: Worktree): Required<Place> {
  return { repository: join(recordsOf(repository), name), worktree: path };
}
