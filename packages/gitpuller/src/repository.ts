// repository.git: the bare repository that worktrees are checked out from. Everything in it can be fetched
// again.
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcessesOf } from './end-processes.ts';
import { isWorthRemaking } from './explain-failure.ts';
import { temporaryNameOf } from './links.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import type { Site } from './site.ts';

/** Keeps the commit that was fetched last from being pruned. */
export const newest = 'refs/freehold/newest';
/** Where branches and tags are stored if all must be fetched to find one commit. */
export const everything = 'refs/freehold/all';

// Files are served byte for byte as committed: no conversion of line endings or encodings, whatever the
// repository's .gitattributes contain. (Filters need no entry, since no configuration defines one.)
const attributes = '* -text !eol -ident !working-tree-encoding\n';

/**
 * Ends processes that a killed run has left running, and removes its incomplete links. The caller holds the
 * site's lock.
 */
export async function endDeadRun({ layout }: Site): Promise<void> {
  await endProcessesOf(layout.base);
  for (const link of [layout.served, layout.previous]) await rm(temporaryNameOf(link), { force: true });
}

/**
 * Creates a repository, or repairs what a killed run left. No other run is alive and no git of a dead one
 * (`endDeadRun`), so every lock in it is left over.
 */
export async function prepareRepository(site: Site, path: string, commit: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory()) await removeLeftovers(path);
  else await rm(path, { force: true });
  // It is written again each time, so nobody's changes in it persist; submodules leave their URLs there, too.
  await rm(join(path, 'config'), { force: true });
  const init = () => site.git(['init', '--quiet', '--bare', `--object-format=${formatOf(commit)}`, path]);
  await init().catch(async (error) => {
    site.signal.throwIfAborted();
    if (!isWorthRemaking(error)) throw error;
    await rm(path, { recursive: true, force: true });
    await init();
  });
  await mkdir(join(path, 'info'), { recursive: true });
  await writeFile(join(path, 'info/attributes'), attributes);
}

function formatOf(commit: string): string {
  return commit.length === 64 ? 'sha256' : 'sha1';
}

/** Replaces an unusable repository with a new one. Worktrees stay: they are plain files. */
export async function replaceRepository({ layout }: Site): Promise<void> {
  await rm(layout.repository, { recursive: true, force: true });
  await rename(layout.remade, layout.repository);
}

/** Whether the repository contains a commit, so that it need not be fetched. */
export async function hasCommit(
  { git, signal }: Site,
  { repository, commit }: { repository: string; commit: string },
): Promise<boolean> {
  try {
    await git(['cat-file', '-e', `${commit}^{tree}`], { repository });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
