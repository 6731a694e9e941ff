import { lstat, readdir, readlink, realpath, rename } from 'node:fs/promises';
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
 * Deletes a file or a folder. Of a symbolic link only the link is deleted, as it may lead anywhere.
 *
 * @returns where a symbolic link led.
 */
export async function deletePath(
  path: string,
  { signal, atOnce = false }: DeleteOptions,
): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return undefined;
  const target = found.isSymbolicLink() ? await targetOf(path) : undefined;
  const isAside = atOnce && found.isDirectory() && (await putAside(path, signal));
  await remove(isAside ? besideOf(path) : path, signal);
  return target;
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
 * By rm(1), which follows no link that somebody puts in the place of a folder meanwhile. The root of a mounted file system
 * stays, empty.
 */
async function remove(path: string, signal: AbortSignal): Promise<void> {
  try {
    await outputOf('rm', ['-rf', '--', path], { signal });
  } catch (error) {
    if (signal.aborted || !(await isEmptyMount(path))) throw error;
  }
}

async function isEmptyMount(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all(
    [path, dirname(path)].map((one) => lstat(one).catch(() => undefined)),
  );
  if (!own?.isDirectory() || own.dev === parent?.dev) return false;
  return (await readdir(path)).every((name) => name === 'lost+found');
}

/** Also of a link to nothing. */
async function targetOf(link: string): Promise<string> {
  return realpath(link).catch(async () => resolve(dirname(link), await readlink(link)));
}
