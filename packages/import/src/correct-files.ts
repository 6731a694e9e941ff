// Corrects the owners and modes of existing files if they differ. Nothing is reached through a
// link: the site's owner may have created one there.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import type { Rule } from './apps/app.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

/** Sets a folder's owner and mode. @throws the error of open(2) if it is not a folder. */
export async function correctFolder(path: string, rule: Rule): Promise<void> {
  const folder = await open(path, O_RDONLY | O_NOFOLLOW | O_DIRECTORY);
  try {
    await keep(folder, rule);
  } finally {
    await folder.close();
  }
}

/**
 * Sets the owners and modes of those files in a folder that exist. A link, or a file that has another name
 * elsewhere, is reported and ignored, because the change would apply there too.
 */
export async function correctFiles(
  path: string,
  files: Readonly<Record<string, Rule>>,
  log: Log,
): Promise<void> {
  const folder = await open(path, O_RDONLY | O_NOFOLLOW | O_DIRECTORY);
  try {
    for (const [name, rule] of Object.entries(files)) {
      const fault = await correctFile(`/proc/self/fd/${folder.fd}/${name}`, rule);
      if (fault) log.warning(`${join(path, name)} keeps its owner and mode because it ${fault}.`);
    }
  } finally {
    await folder.close();
  }
}

async function correctFile(at: string, rule: Rule): Promise<string | undefined> {
  const file = await openOrFault(at);
  if (typeof file === 'string') return file;
  try {
    const stats = await file?.stat();
    if (file === undefined || stats === undefined) return undefined;
    if (!stats.isFile()) return 'is not a file';
    if (stats.nlink > 1) return 'has another name elsewhere';
    await keep(file, rule);
    return undefined;
  } finally {
    await file?.close();
  }
}

async function openOrFault(at: string): Promise<FileHandle | string | undefined> {
  try {
    return await open(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') return 'is a symbolic link';
    // A socket.
    if (code === 'ENXIO') return 'is not a file';
    throw error;
  }
}

/** Only root can change owners. */
async function keep(handle: FileHandle, { owner, mode }: Rule): Promise<void> {
  const stats = await handle.stat();
  const differs = owner !== undefined && (stats.uid !== owner.uid || stats.gid !== owner.gid);
  if (differs && process.getuid?.() === 0) await handle.chown(owner.uid, owner.gid);
  if ((stats.mode & 0o7777) !== mode) await handle.chmod(mode);
}
