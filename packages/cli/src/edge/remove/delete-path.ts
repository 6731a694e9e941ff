import { lstat, readdir, readlink, realpath, rename, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { outputOf } from '../run-program.ts';

const mark = '.removing-';

/** Where a folder is while it is being deleted. */
export const besideOf = (path: string): string => join(dirname(path), `${mark}${basename(path)}`);

export interface DeleteOptions {
  readonly signal: AbortSignal;
  /** A folder is gone at once, whatever becomes of the deleting: a part of a database would pass for the whole one. */
  readonly atOnce?: boolean;
}

/**
 * Deletes a file or a folder. Of a symbolic link only the link is deleted, as it may lead anywhere. The root of a mounted file
 * system stays, empty.
 */
export interface Deleted {
  /** Where a symbolic link led. */
  readonly target?: string | undefined;
  /** It is the root of a mounted file system, and still there. */
  readonly isMounted?: boolean;
}

export async function deletePath(path: string, { signal, atOnce = false }: DeleteOptions): Promise<Deleted> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return {};
  const target = found.isSymbolicLink() ? await targetOf(path) : undefined;
  const isAside = atOnce && found.isDirectory() && (await putAside(path, signal));
  return { target, isMounted: await remove(isAside ? besideOf(path) : path, signal) };
}

/** false for the root of a mounted file system, which cannot be renamed: it is emptied. */
async function putAside(path: string, signal: AbortSignal): Promise<boolean> {
  if (basename(path).startsWith(mark)) return false;
  await remove(besideOf(path), signal);
  return rename(path, besideOf(path)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EBUSY') return false;
      throw error;
    },
  );
}

/**
 * By rm(1), which follows no link that somebody puts in the place of a folder meanwhile. It empties the root of a mounted file
 * system before it fails to delete it.
 *
 * @returns whether it is such a root, which is empty now, except for a lost+found.
 */
async function remove(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await outputOf('rm', ['-rf', '--', path], { signal });
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (await isEmptyRoot(path)) return true;
    throw error;
  }
}

async function isEmptyRoot(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => undefined);
  if (!names?.every((name) => name === 'lost+found')) return false;
  return rmdir(path).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'EBUSY',
  );
}

/** Also of a link to nothing. */
async function targetOf(link: string): Promise<string> {
  return realpath(link).catch(async () => resolve(dirname(link), await readlink(link)));
}
