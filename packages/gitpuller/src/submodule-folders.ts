// Where submodules are stored: a bare repository for each URL, kept between commits, and for each worktree of
// the site a worktree of that inside it.
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Place } from './git.ts';
import type { Layout } from './layout.ts';
import type { Worktree } from './links.ts';
import type { Site } from './site.ts';

/** The bare repository for the submodules with this URL. */
export function repositoryOf({ submodules }: Layout, url: string): string {
  return join(submodules, `${createHash('sha256').update(url).digest('hex').slice(0, 40)}.git`);
}

/**
 * Submodules that the commit has but the worktree lacks, because submodules were off when it was checked out.
 */
export async function findMissingSubmodules(site: Site, place: Required<Place>): Promise<string[]> {
  const paths = await listSubmodules(site, place);
  const found = await Promise.all(
    paths.map((path) => lstat(join(place.worktree, path, '.git')).catch(() => undefined)),
  );
  return paths.filter((_, index) => found[index] === undefined);
}

/** The mode of a submodule in an index is 160000 (gitformat-index(5)). */
async function listSubmodules({ git }: Site, place: Required<Place>): Promise<string[]> {
  const output = await git(['ls-files', '--stage', '-z'], place);
  return output
    .split('\0')
    .flatMap((line) => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []));
}

/** The worktrees of submodules, and of theirs, inside a worktree of the site. */
export async function findSubmoduleWorktrees(layout: Layout, { path }: Worktree): Promise<Required<Place>[]> {
  const records = await listRecords(layout);
  return records
    .filter(({ worktree }) => worktree.startsWith(`${path}/`))
    .map(({ record, worktree }) => ({ repository: record, worktree }));
}

/** Removes the records of missing worktrees from the repositories of submodules. */
export async function forgetRemovedSubmodules(layout: Layout): Promise<void> {
  for (const { record, worktree } of await listRecords(layout)) {
    const found = worktree === '' ? undefined : await lstat(join(worktree, '.git')).catch(() => undefined);
    if (found === undefined) await rm(record, { recursive: true, force: true });
  }
}

/** Removes the repositories of submodules that no worktree uses any more, and returns the others. */
export async function removeUnusedSubmodules(layout: Layout): Promise<string[]> {
  const used = new Set((await listRecords(layout)).map(({ repository }) => repository));
  const all = (await readdir(layout.submodules).catch(() => [])).map((name) => join(layout.submodules, name));
  for (const repository of all) {
    if (!used.has(repository)) await rm(repository, { recursive: true, force: true });
  }
  return [...used];
}

interface WorktreeRecord {
  readonly repository: string;
  readonly record: string;
  /** Empty if the record is incomplete. */
  readonly worktree: string;
}

/** The file gitdir of a record contains the path of the worktree's .git (gitrepository-layout(5)). */
async function listRecords({ submodules }: Layout): Promise<WorktreeRecord[]> {
  const repositories = (await readdir(submodules).catch(() => [])).map((name) => join(submodules, name));
  const found = repositories.map(async (repository) => {
    const folder = join(repository, 'worktrees');
    const names = await readdir(folder).catch(() => []);
    return names.map((name) => ({ repository, record: join(folder, name) }));
  });
  const records = (await Promise.all(found)).flat();
  return Promise.all(
    records.map(async ({ repository, record }) => {
      const text = await readFile(join(record, 'gitdir'), 'utf8').catch(() => '');
      return { repository, record, worktree: text === '' ? '' : dirname(text.trim()) };
    }),
  );
}
