import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { FreeholdError, reasonOf } from './error.ts';

/**
 * Puts all that was written to the file system of `path` on disk: one syncfs(2) in place of an fsync
 * for each of thousands of files. Node has no call for it, so the program sync (coreutils, busybox)
 * makes it; since Linux 5.8 it also fails when anything could not be written.
 *
 * @throws FreeholdError saying why it failed; whatever the signal says when it aborts.
 */
export async function syncFileSystem(path: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const what = `What was written to the file system of ${path} could not be put on disk`;
  try {
    const child = spawn('sync', ['-f', path], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal && { signal }),
    });
    const [[code, killedBy], said] = await Promise.all([once(child, 'close'), text(child.stderr)]);
    if (code !== 0) throw new FreeholdError(said.trim() || `sync ended with ${code ?? killedBy}`);
  } catch (error) {
    signal?.throwIfAborted();
    throw new FreeholdError(`${what}: ${reasonOf(error)}.`, { cause: error });
  }
}
