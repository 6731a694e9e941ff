// repository.git: the bare repository that worktrees are made from. It holds nothing that cannot be fetched again.
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcessesOf } from './end-processes.ts';
import { isWorthRemaking } from './explain-failure.ts';
import { temporaryNameOf } from './links.ts';
import type { Site } from './site.ts';

/** Where the commit that was fetched last is kept from being tidied away. */
export const newest = 'refs/freehold/newest';
/** Where branches and tags go when all of them have to be fetched to find one commit. */
export const everything = 'refs/freehold/all';

// Files are served as they were committed, byte for byte: no conversion of line ends or encodings, whatever the
// repository's own .gitattributes say. (Filters need no line: there is no configuration that would define one.)
const attributes = '* -text !eol -ident !working-tree-encoding\n';
/** Each fetch adds one file of objects; beyond so many, they are made into one, and what no worktree needs goes. */
const maxPacks = 30;

/**
 * Makes the repository, or mends what a run left that was killed. The lock of the site is held, so no other run is
 * alive: whatever still works on the repository belongs to a dead one, and so does every lock in it.
 */
export async function prepareRepository(site: Site, path: string, commit: string): Promise<void> {
  const { layout } = site;
  await endProcessesOf(layout.base);
  for (const link of [layout.served, layout.previous]) await rm(temporaryNameOf(link), { force: true });
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

/** Removes locks and half-made files of a git that is no more. */
export async function removeLeftovers(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.endsWith('.lock')) await rm(path, { recursive: true, force: true });
    else if (entry.isDirectory() && entry.name === 'objects') await removeUnfinishedObjects(path);
    else if (entry.isDirectory()) await removeLeftovers(path);
  }
}

async function removeUnfinishedObjects(objects: string): Promise<void> {
  for (const folder of [objects, join(objects, 'pack'), join(objects, 'info')]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const isUnfinished = /^(?:tmp_|\.tmp-|incoming-)|\.lock$/.test(name);
      if (isUnfinished) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Puts a repository that was made anew in the place of one that cannot be used. Worktrees stay: they are plain files. */
export async function replaceRepository({ layout }: Site): Promise<void> {
  await rm(layout.repository, { recursive: true, force: true });
  await rename(layout.remade, layout.repository);
}

/** Whether a commit is in the repository, so that it need not be fetched. */
export async function hasCommit({ git, layout, signal }: Site, commit: string): Promise<boolean> {
  try {
    await git(['cat-file', '-e', `${commit}^{tree}`], { repository: layout.repository });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Keeps the repository from growing with every change. Only for when no other git runs. */
export async function tidyRepository({ git, layout }: Site): Promise<void> {
  const packs = await readdir(join(layout.repository, 'objects/pack'));
  if (packs.filter((name) => name.endsWith('.pack')).length <= maxPacks) return;
  await rm(join(layout.repository, everything), { recursive: true, force: true });
  await git(['gc', '--quiet', '--prune=now'], { repository: layout.repository });
}
