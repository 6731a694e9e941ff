import { lstat, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Need } from './apps/app.ts';

/** A folder with nothing but empty folders in it is `empty`: Docker makes such for a mount. */
export type FolderState = 'absent' | 'empty' | 'full';

/**
 * Looks at a folder, which is given by a root that may be trusted and the names below it.
 *
 * @throws FreeholdError if any of these is something else than a folder: a link would lead elsewhere.
 */
export async function stateOfFolder(root: string, ...names: readonly string[]): Promise<FolderState> {
  for (let depth = 0; depth <= names.length; depth += 1) {
    const path = join(root, ...names.slice(0, depth));
    const stats = await lstatOrUndefined(path);
    if (stats === undefined) return 'absent';
    if (!stats.isDirectory()) {
      const what = stats.isSymbolicLink() ? 'a symbolic link' : 'something else';
      throw new FreeholdError(`${path} should be a folder but is ${what}.`);
    }
  }
  return (await holdsSomething(join(root, ...names))) ? 'full' : 'empty';
}

/** Looks whether what an app needs is there below a root: an empty file is as good as none. */
export async function stateOfNeed(root: string, { kind, path: [top, name] }: Need): Promise<FolderState> {
  if (kind === 'folder') return stateOfFolder(root, top, name);
  if ((await stateOfFolder(root, top)) === 'absent') return 'absent';
  const stats = await lstatOrUndefined(join(root, top, name));
  if (stats === undefined) return 'absent';
  if (stats.isFile()) return stats.size > 0 ? 'full' : 'empty';
  const what = stats.isSymbolicLink() ? 'a symbolic link' : 'something else';
  throw new FreeholdError(`${join(root, top, name)} should be a file but is ${what}.`);
}

async function holdsSomething(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some((entry) => !entry.isDirectory())) return true;
  for (const { name } of entries) if (await holdsSomething(join(folder, name))) return true;
  return false;
}

/** Removes a folder in which there are only empty folders; fails on anything else. */
export async function removeEmptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await removeEmptyFolder(join(folder, name));
  await rmdir(folder);
}

/** Whether there is anything by this name. */
export async function exists(path: string): Promise<boolean> {
  return (await lstatOrUndefined(path)) !== undefined;
}

async function lstatOrUndefined(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
