import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FreeholdError, reasonOf } from './error.ts';

/**
 * Makes all that was written to the file system of `path` durable, with one syncfs(2) in place of an fsync for
 * each file. Node has no such call: coreutils and busybox have it as `sync -f`.
 *
 * @throws FreeholdError if it fails, or what the signal says when it aborts.
 */
export async function syncFileSystem(path: string, signal?: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)('sync', ['-f', path], signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw new FreeholdError(`What is in ${path} could not be made durable (sync -f): ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}
