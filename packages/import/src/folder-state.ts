import { lstat, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Need } from './apps/app.ts';

/** A folder that contains only empty folders is `empty`: Docker creates such folders for a mount. */
export type FolderState = 'absent' | 'empty' | 'full';

/**
 * Examines a folder, given by a trusted root and the names below it.
 *
 * @throws FreeholdError if any of these is not a folder: a link would lead elsewhere.
 */
export async function stateOfFolder(root: string, ...names: readonly string[]): Promise<FolderState> {
  for (let depth = 0; depth <= names.length; depth += 1) {
    const path = join(root, ...names.slice(0, depth));
    const stats = await lstatOrUndefined(path);
    if (stats === undefined) return 'absent';
    if (!stats.isDirectory()) {
      const what = stats.isSymbolicLink() ? 'a symbolic link' : 'something else';
      throw new FreeholdError(`${path} must be a folder but is ${what}.`);
    }
  }
  return (await holdsSomething(join(root, ...names))) ? 'full' : 'empty';
}

/** Examines whether the data that an app needs exists below a root: an empty file counts as missing. */
export async function stateOfNeed(root: string, { kind, path: [top, name] }: Need): Promise<FolderState> {
  if (kind === 'folder') return stateOfFolder(root, top, name);
  if ((await stateOfFolder(root, top)) === 'absent') return 'absent';
  const stats = await lstatOrUndefined(join(root, top, name));
  if (stats === undefined) return 'absent';
  if (stats.isFile()) return stats.size > 0 ? 'full' : 'empty';
  const what = stats.isSymbolicLink() ? 'a symbolic link' : 'something else';
  throw new FreeholdError(`${join(root, top, name)} must be a file but is ${what}.`);
}

async function holdsSomething(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some((entry) => !entry.isDirectory())) return true;
  for (const { name } of entries) if (await holdsSomething(join(folder, name))) return true;
  return false;
}

/** Removes a folder that contains only empty folders; fails on anything else. */
export async function removeEmptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await removeEmptyFolder(join(folder, name));
  await rmdir(folder);
}

/** Whether anything with this name exists. */
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
