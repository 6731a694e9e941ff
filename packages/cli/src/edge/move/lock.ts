// Locks of flock(2), which Node does not have: flock(1) holds them for as long as this process lives. Scripts and earlier
// versions of freehold take them too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { SiteHere } from './site-here.ts';

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a file, which is made if need be; undefined if somebody else has it for longer than that. The signal
 * ends the waiting; a lock that is held stays until it is released.
 *
 * @throws FreeholdError if there is no flock, or the file cannot be made; the signal's reason if it aborts.
 */
export async function takeLock(
  file: string,
  seconds: number,
  signal: AbortSignal,
): Promise<Lock | undefined> {
  signal.throwIfAborted();
  // cat ends with its input, and so with this process in whatever way.
  const child = spawn(
    'flock',
    ['--timeout', String(seconds), '--conflict-exit-code', '75', file, 'sh', '-c', 'echo; exec cat'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  const cancel = () => {
    child.stdin.end();
    child.kill();
  };
  signal.addEventListener('abort', cancel);
  try {
    const first = await Promise.race([once(child.stdout, 'data'), ended]);
    signal.throwIfAborted();
    if (Buffer.isBuffer(first[0])) {
      const release = async () => {
        child.stdin.end();
        await ended;
      };
      return { release };
    }
    if (first[0] === 75) return undefined;
    throw new Error(`flock ended with exit code ${first[0]}`);
  } catch (error) {
    signal.throwIfAborted();
    throw new FreeholdError(`Cannot lock ${file}: ${reasonOf(error)}.`, { cause: error });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** One step at a time. A step of an earlier run may continue for a while after that run was interrupted. */
export async function takeTurn({ domain, signal }: Pick<SiteHere, 'domain' | 'signal'>): Promise<Lock> {
  const lock = await takeLock(`/run/freehold-moving-${domain}.step`, 120, signal);
  if (lock) return lock;
  throw new FreeholdError(
    `A step of an earlier move of ${domain} is still running on this host. Run this again in some minutes.`,
  );
}
