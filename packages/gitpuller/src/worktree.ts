// Worktrees: each is one commit, checked out completely before anybody sees it, and never changed afterwards.
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { checkOutSubmodules } from './check-out-submodules.ts';
import type { Place } from './git.ts';
import type { Layout } from './layout.ts';
import { readPublished, type Worktree } from './links.ts';
import { measureCommit } from './measure-commit.ts';
import type { Site } from './site.ts';
import {
  findMissingSubmodules,
  findSubmoduleWorktrees,
  forgetRemovedSubmodules,
} from './submodule-folders.ts';
import { isIndexStale, refreshIndex, trustIndex } from './trust-index.ts';

/** Removes every worktree that is neither the current nor the previous one, and git's records of it. */
export async function removeOldWorktrees({ layout }: Site): Promise<void> {
  const kept = await Promise.all([readPublished(layout, 'served'), readPublished(layout, 'previous')]);
  const names = new Set(kept.map((worktree) => worktree?.name));
  // git worktree prune skips worktrees that a killed git had locked, so their records are removed here.
  for (const folder of [layout.worktrees, recordsOf(layout.repository)]) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!names.has(name)) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
  await forgetRemovedSubmodules(layout);
}

export interface MadeWorktree extends Worktree {
  /** Where it has empty folders instead of submodules. */
  readonly missingSubmodules: readonly string[];
}

/**
 * Checks a commit out beside the current one.
 *
 * @throws FreeholdError, before anything is written, if it is too large or the disk has no room for it.
 */
export async function makeWorktree(site: Site, commit: string): Promise<MadeWorktree> {
  const { layout, git, settings } = site;
  const { repository } = layout;
  const measured = await measureCommit(site, { repository, commit });
  await assertDiskReserve({ path: layout.base, needed: measured.bytes, reserve: settings.diskReserve });
  await mkdir(layout.worktrees, { recursive: true });
  const taken = new Set(await readdir(layout.worktrees));
  let name = commit;
  for (let count = 2; taken.has(name); count += 1) name = `${commit}-${count}`;
  const worktree = { name, commit, path: join(layout.worktrees, name) };
  await waitForNextSecond(site);
  await git(['worktree', 'add', '--detach', worktree.path, commit], { repository });
  if (settings.submodules) {
    await checkOutSubmodules(site, { ...measured, repository, commit, path: worktree.path });
  }
  await trustIndex(indexOf(site.layout, worktree));
  const missingSubmodules = settings.submodules ? [] : measured.gitlinks.map(({ path }) => path);
  return { ...worktree, missingSubmodules };
}

/**
 * nginx derives a file's ETag from its size and modification second, so a browser could not tell apart two
 * versions of the same size from one second: no file is written in the second in which the last worktree was
 * published.
 */
async function waitForNextSecond({ layout, signal }: Site): Promise<void> {
  const published = await lstat(layout.served).catch(() => undefined);
  if (published === undefined) return;
  const next = (Math.floor(published.mtimeMs / 1000) + 1) * 1000;
  // Does not wait longer if the clock was set back.
  const wait = Math.min(next - Date.now(), 1000);
  if (wait > 0) await delay(wait, undefined, { signal });
}

/**
 * The differences between a worktree and its commit: paths, of which the first few are enough. Reads the stat
 * of each file and writes nothing. Undefined if git no longer knows the expected content.
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
    const output = await git(['status', ...options, '--ignore-submodules=none'], place);
    const paths = output
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => line.slice(3));
    if (paths.length === 0) await refreshStaleIndexes(site, worktree);
    return settings.submodules ? [...paths, ...(await findMissingSubmodules(site, place))] : paths;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/**
 * After `cp -a`, `chown -R` or a restore, every file has another inode or status change time than in the
 * index. git then reads all of them to find them unchanged: only once, since the index is updated here.
 */
async function refreshStaleIndexes(site: Site, worktree: Worktree): Promise<void> {
  const place = placeOf(site.layout.repository, worktree);
  if (!(await isIndexStale(place))) return;
  for (const each of [place, ...(await findSubmoduleWorktrees(site.layout, worktree))]) {
    await refreshIndex(site, each);
  }
}

/** Where git keeps the index and HEAD of each worktree. */
function recordsOf(repository: string): string {
  return join(repository, 'worktrees');
}

/** The file in which git records the stat of a worktree's files. */
export function indexOf({ repository }: Layout, { name }: Worktree): string {
  return join(recordsOf(repository), name, 'index');
}

/** Where to run git for a worktree. */
export function placeOf(repository: string, { name, path }: Worktree): Required<Place> {
  return { repository: join(recordsOf(repository), name), worktree: path };
}
