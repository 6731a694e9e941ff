import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WriteOptions {
  /** Permission bits of the new file, whatever the umask; 0o644 by default. */
  readonly mode?: number;
  /** The owner of the new file; by default the program's own user. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Writes a file atomically: a temporary file beside it, fsync, rename, fsync of the folder. The name of the
 * temporary file is fixed, so that a killed run leaves at most one, which the next run overwrites; a file
 * must not have two writers at once. A run that fails leaves none.
 */
export async function writeAtomic(path: string, data: string | Uint8Array, options: WriteOptions = {}) {
  const staged = await stageFile(path, data, options);
  await staged.publish();
  await syncFolder(dirname(path));
}

/** A complete file on disk under a temporary name. */
export interface StagedFile {
  /** Renames it to its final name; `syncFolder` makes that durable. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** The first half of `writeAtomic`: every step that a full disk can prevent. */
export async function stageFile(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<StagedFile> {
  const temporary = `${path}.tmp`;
  const discard = () => rm(temporary, { force: true });
  await discard();
  // Nobody else can read it before its owner and mode are set.
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
