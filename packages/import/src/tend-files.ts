// Owners and modes of what is in place, put right where they differ. Nothing is reached through a
// link: the site's owner may have put one there.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import type { Rule } from './apps/app.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

/** Gives a folder its owner and mode. @throws the error of open(2) if it is none. */
export async function tendFolder(path: string, rule: Rule): Promise<void> {
  const folder = await open(path, O_RDONLY | O_NOFOLLOW | O_DIRECTORY);
  try {
    await keep(folder, rule);
  } finally {
    await folder.close();
  }
}

/**
 * Gives those of some files in a folder that are there their owners and modes. A link, or a file
 * that has another name elsewhere, is named and left alone: it would be changed there too.
 */
export async function tendFiles(
  path: string,
  files: Readonly<Record<string, Rule>>,
  log: Log,
): Promise<void> {
  const folder = await open(path, O_RDONLY | O_NOFOLLOW | O_DIRECTORY);
  try {
    for (const [name, rule] of Object.entries(files)) {
      const fault = await tendFile(`/proc/self/fd/${folder.fd}/${name}`, rule);
      if (fault) log.warning(`${join(path, name)} keeps its owner and mode, since it ${fault}.`);
    }
  } finally {
    await folder.close();
  }
}

async function tendFile(at: string, rule: Rule): Promise<string | undefined> {
  const file = await openOrFault(at);
  if (typeof file === 'string') return file;
  try {
    const stats = await file?.stat();
    if (file === undefined || stats === undefined) return undefined;
    if (!stats.isFile()) return 'is no file';
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
    if (code === 'ENXIO') return 'is no file';
    throw error;
  }
}

/** Only root may give files away. */
async function keep(handle: FileHandle, { owner, mode }: Rule): Promise<void> {
  const stats = await handle.stat();
  const differs = owner !== undefined && (stats.uid !== owner.uid || stats.gid !== owner.gid);
  if (differs && process.getuid?.() === 0) await handle.chown(owner.uid, owner.gid);
  if ((stats.mode & 0o7777) !== mode) await handle.chmod(mode);
}
