// Locks of flock(2), which Node does not have: flock(1) holds them for as long as this process lives. Scripts and earlier
// versions of freehold take them too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FreeholdError, reasonOf } from '@freehold/core/error';

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a file, which is made if need be; undefined if somebody else has it for longer than that. An abort of
 * the signal ends the wait and rejects with its reason.
 *
 * @throws FreeholdError if there is no flock, or the file cannot be made.
 */
export async function takeLock(
  file: string,
  seconds: number,
  signal?: AbortSignal,
): Promise<Lock | undefined> {
  signal?.throwIfAborted();
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
  const giveUp = () => child.kill();
  signal?.addEventListener('abort', giveUp);
  try {
    const first = await Promise.race([once(child.stdout, 'data'), ended]);
    if (Buffer.isBuffer(first[0])) {
      const release = async () => {
        child.stdin.end();
        await ended;
      };
      return { release };
    }
    signal?.throwIfAborted();
    if (first[0] === 75) return undefined;
    throw new Error(`flock ended with exit code ${first[0]}`);
  } catch (error) {
    signal?.throwIfAborted();
    throw new FreeholdError(`Cannot lock ${file}: ${reasonOf(error)}.`, { cause: error });
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

/** One step at a time. A step of an earlier run may continue for a while after that run was interrupted. */
export async function takeTurn(domain: string): Promise<Lock> {
  const lock = await takeLock(`/run/freehold-moving-${domain}.step`, 120);
  if (lock) return lock;
  throw new FreeholdError(
    `A step of an earlier move of ${domain} is still running on this host. Run this again in some minutes.`,
  );
}
