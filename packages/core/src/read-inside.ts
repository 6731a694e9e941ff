import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { FreeholdError } from './error.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
/** From <fcntl.h>; Node does not define it. Folders on the path need to be traversed, not listed. */
const O_PATH = 0o10000000;

export interface ReadFile {
  readonly text: string;
  readonly uid: number;
  readonly mode: number;
}

/**
 * Reads a file below a folder without following any link on its path, since the site's owner may put anything
 * there. Returns undefined if it does not exist.
 *
 * @throws FreeholdError if it is not a regular file, or longer than allowed.
 */
export async function readInside(
  root: string,
  names: readonly string[],
  options: { maxBytes: number },
): Promise<ReadFile | undefined> {
  const path = [root, ...names].join('/');
  try {
    return await descend(root, names, path, options.maxBytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP' || code === 'ENOTDIR') {
      throw new FreeholdError(`${path} was not read because it is a symbolic link or lies behind one`);
    }
    throw error;
  }
}

async function descend(
  at: string,
  names: readonly string[],
  path: string,
  maxBytes: number,
): Promise<ReadFile> {
  const [next, ...rest] = names;
  const kind = next === undefined ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
  const handle = await open(at, O_NOFOLLOW | kind);
  try {
    if (next !== undefined) return await descend(`/proc/self/fd/${handle.fd}/${next}`, rest, path, maxBytes);
    const stats = await handle.stat();
    if (!stats.isFile() || stats.nlink > 1) throw new FreeholdError(`${path} is not a regular file`);
    if (stats.size > maxBytes)
      throw new FreeholdError(`${path} has ${stats.size} bytes, more than the limit of ${maxBytes}`);
    return { text: await handle.readFile('utf8'), uid: stats.uid, mode: stats.mode & 0o7777 };
  } finally {
    await handle.close();
  }
}
