import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from './site.ts';
import type { WorktreePlace } from './worktree.ts';

/** Fetches what the commit has as submodules, and theirs, by the same rules as the repository but never from a path. */
export async function fetchSubmodules(site: Site, place: WorktreePlace): Promise<void> {
  const paths = await listSubmodules(site, place);
  if (paths.length === 0) return;
  const { submoduleGit } = await site.remote();
  const { depth } = site.settings;
  const limit = depth > 0 ? [`--depth=${depth}`] : [];
  await submoduleGit(
    ['submodule', '--quiet', 'update', '--init', '--recursive', '--checkout', ...limit],
    place,
  );
}

/** Those that the commit has and that are not there, because submodules were off when it was checked out. */
export async function findMissingSubmodules(site: Site, place: WorktreePlace): Promise<string[]> {
  const paths = await listSubmodules(site, place);
  const found = await Promise.all(
    paths.map((path) => lstat(join(place.worktree, path, '.git')).catch(() => undefined)),
  );
  return paths.filter((_, index) => found[index] === undefined);
}

/** The mode of a submodule in an index is 160000 (gitformat-index(5)). */
async function listSubmodules({ git }: Site, place: WorktreePlace): Promise<string[]> {
  const said = await git(['ls-files', '--stage', '-z'], place);
  return said
    .split('\0')
    .flatMap((line) => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []));
}
