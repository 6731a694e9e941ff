// Node has no flock(2). SQLite locks its file with fcntl(2), which the kernel gives back when the
// process ends in whatever way, and which holds between containers that share the folder.
import { DatabaseSync } from 'node:sqlite';
import { sleep } from './backoff.ts';
import { FreeholdError, reasonOf } from './error.ts';
import type { Log } from './log.ts';

/** How often a lock that somebody else has is tried again, in milliseconds. */
const everyMs = 100;

/**
 * Runs `work` while nobody else holds the lock of this file, and waits for them before. The file is
 * made if need be, stays empty, and is left where it is.
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
      if (first) log.info(`${what} is under way already; waiting for it to end.`);
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
    throw new FreeholdError(`The lock ${path} could not be made: ${reasonOf(error)}.`, { cause: error });
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    // Nothing is written, so there is no journal to be left behind.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    // SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy
    if ((error as { errcode?: number }).errcode === 5) return false;
    throw error;
  }
}
