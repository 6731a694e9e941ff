// repository.git: the bare repository that worktrees are made from. It holds nothing that cannot be fetched again.
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcessesOf } from './end-processes.ts';
import { isWorthRemaking } from './explain-failure.ts';
import { temporaryNameOf } from './links.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import type { Site } from './site.ts';

/** Where the commit that was fetched last is kept from being tidied away. */
export const newest = 'refs/freehold/newest';
/** Where branches and tags go when all of them have to be fetched to find one commit. */
export const everything = 'refs/freehold/all';

// Files are served as they were committed, byte for byte: no conversion of line ends or encodings, whatever the
// repository's own .gitattributes say. (Filters need no line: there is no configuration that would define one.)
const attributes = '* -text !eol -ident !working-tree-encoding\n';

/** Ends what a killed run has left running, and removes its half-made links. The lock of the site is held. */
export async function endDeadRun({ layout }: Site): Promise<void> {
  await endProcessesOf(layout.base);
  for (const link of [layout.served, layout.previous]) await rm(temporaryNameOf(link), { force: true });
}

/**
 * Makes a repository, or repairs what a killed run left. No other run is alive and no git of a dead one (`endDeadRun`),
 * so every lock in it is a leftover.
 */
export async function prepareRepository(site: Site, path: string, commit: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory()) await removeLeftovers(path);
  else await rm(path, { force: true });
  // It is written anew each time, so nobody's changes in it last; submodules leave their URLs there, too.
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

/** Puts a repository that was made anew in the place of one that cannot be used. Worktrees stay: they are plain files. */
export async function replaceRepository({ layout }: Site): Promise<void> {
  await rm(layout.repository, { recursive: true, force: true });
  await rename(layout.remade, layout.repository);
}

/** Whether a commit is in the repository, so that it need not be fetched. */
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
