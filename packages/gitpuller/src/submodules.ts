import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './git.ts';
import type { Site } from './site.ts';

/** Fetches what the commit has as submodules, and theirs, by the same rules as the repository but never from a path. */
export async function fetchSubmodules(site: Site, place: Required<Place>): Promise<void> {
  const paths = await listSubmodules(site, place);
  if (paths.length === 0) return;
  const { submoduleGit, url } = await site.remote();
  const { depth } = site.settings;
  const limit = depth > 0 ? [`--depth=${depth}`] : [];
  // A URL such as ../lib.git counts from here. It is for this repository alone: in a configuration for all, the
  // submodules themselves would be fetched from it.
  await site.git(['config', 'remote.origin.url', url], place);
  // Without a sign of progress a long fetch would be taken for one that stalls.
  await submoduleGit(
    ['submodule', 'update', '--progress', '--init', '--recursive', '--checkout', ...limit],
    place,
  );
}

/** Those that the commit has and that are not there, because submodules were off when it was checked out. */
export async function findMissingSubmodules(site: Site, place: Required<Place>): Promise<string[]> {
  const paths = await listSubmodules(site, place);
  const found = await Promise.all(
    paths.map((path) => lstat(join(place.worktree, path, '.git')).catch(() => undefined)),
  );
  return paths.filter((_, index) => found[index] === undefined);
}

/** The mode of a submodule in an index is 160000 (gitformat-index(5)). */
async function listSubmodules({ git }: Site, place: Required<Place>): Promise<string[]> {
  const said = await git(['ls-files', '--stage', '-z'], place);
  return said
    .split('\0')
    .flatMap((line) => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []));
}
