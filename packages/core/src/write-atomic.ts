import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WriteOptions {
  /** Permission bits of the new file whatever the umask, 0o644 unless told. */
  readonly mode?: number;
  /** The new file's owner; the program's own user unless told. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Writes a file whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder.
 * The temporary's name is fixed, so that a killed run leaves at most one, which the next run
 * overwrites; two writers of one file are not meant to be. A run that fails leaves none.
 */
export async function writeAtomic(path: string, data: string | Uint8Array, options: WriteOptions = {}) {
  const staged = await stageFile(path, data, options);
  await staged.publish();
  await syncFolder(dirname(path));
}

/** A file that is whole on disk under a temporary name. */
export interface StagedFile {
  /** Gives it its name; `syncFolder` makes that durable. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** The first half of `writeAtomic`: all that a full disk can hinder. */
export async function stageFile(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<StagedFile> {
  const temporary = `${path}.tmp`;
  const discard = () => rm(temporary, { force: true });
  await discard();
  // Nobody else reads it before it has its owner and mode.
  const file = await open(temporary, 'wx', 0o600);
  try {
    await fill(file, data, options);
  } catch (error) {
    return await discardAndThrow(discard)(error);
  } finally {
    await file.close();
  }
  return { publish: () => rename(temporary, path).catch(discardAndThrow(discard)), discard };
}

function discardAndThrow(discard: () => Promise<void>) {
  return async (error: unknown): Promise<never> => {
    await discard();
    throw error;
  };
}

async function fill(file: FileHandle, data: string | Uint8Array, options: WriteOptions): Promise<void> {
  await file.writeFile(data);
  if (options.owner) await file.chown(options.owner.uid, options.owner.gid);
  await file.chmod(options.mode ?? 0o644);
  await file.sync();
}

/** Makes renames and removals in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
