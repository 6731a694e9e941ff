import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { FreeholdError, reasonOf } from './error.ts';

/**
 * Flushes everything written to the file system of `path` to disk: one syncfs(2) replaces an fsync for each
 * of thousands of files. Node has no call for it, so the program sync (coreutils, busybox) does it. Since
 * Linux 5.8 it also fails if any write failed.
 *
 * @throws FreeholdError stating why it failed; the signal's reason if it aborts.
 */
export async function syncFileSystem(path: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const what = `Cannot flush the file system of ${path} to disk`;
  try {
    const child = spawn('sync', ['-f', path], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal && { signal }),
    });
    const [[code, killedBy], output] = await Promise.all([once(child, 'close'), text(child.stderr)]);
    if (code !== 0) throw new FreeholdError(output.trim() || `sync ended with ${code ?? killedBy}`);
  } catch (error) {
    signal?.throwIfAborted();
    throw new FreeholdError(`${what}: ${reasonOf(error)}.`, { cause: error });
  }
}
