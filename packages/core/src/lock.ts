// Node has no flock(2). SQLite locks its file with fcntl(2): the kernel releases such a lock whenever and
// however the process ends, and it works between containers that share the folder.
import { DatabaseSync } from 'node:sqlite';
import { sleep } from './backoff.ts';
import { FreeholdError, reasonOf } from './error.ts';
import type { Log } from './log.ts';

/** The interval, in milliseconds, at which a held lock is tried again. */
const everyMs = 100;

/**
 * Runs `work` while holding the lock of this file exclusively, after waiting for other holders. The file is
 * created if necessary, stays empty, and is left in place.
 */
export async function withLock<T>(
  path: string,
  options: { signal: AbortSignal; log: Log; what: string },
  work: () => Promise<T>,
): Promise<T> {
  const { signal, log, what } = options;
  const database = openDatabase(path);
  try {
    for (let first = true; !tryLock(database); first = false) {
      if (first) log.info(`${what} is already in progress; waiting for it to end.`);
      await sleep(everyMs, signal);
      signal.throwIfAborted();
    }
    return await work();
  } finally {
    database.close();
  }
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw new FreeholdError(`Cannot create the lock ${path}: ${reasonOf(error)}.`, { cause: error });
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    // Nothing is written, so no journal file can remain.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    // SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy
    if ((error as { errcode?: number }).errcode === 5) return false;
    throw error;
  }
}
