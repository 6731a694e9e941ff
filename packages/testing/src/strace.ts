import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type Child, startChild } from './child.ts';
import { waitFor } from './wait-for.ts';

const canTrace = await new Promise<boolean>((resolve) =>
  execFile('strace', ['-o', '/dev/null', 'true'], (error) => resolve(error === null)),
);

/** Why a test that traces is skipped: a developer's machine may forbid it. CI must allow it. */
export const withStrace = {
  skip: !canTrace && !process.env.CI && 'strace cannot be used here',
};

/**
 * Settings with which Node makes the same system calls each time, so that strace's count is that of the program: one thread
 * does all work on files, as strace counts by thread, and there is no compile cache to be read or written.
 */
export const sameCalls = { UV_THREADPOOL_SIZE: '1', NODE_DISABLE_COMPILE_CACHE: '1' };

/** Whether a program that strace has started was killed; strace ends in the same way as the program. */
export function wasKilled({ exitCode, signalCode }: Pick<ChildProcess, 'exitCode' | 'signalCode'>): boolean {
  return signalCode === 'SIGKILL' || exitCode === 137;
}

/**
 * Ends the program started by strace, if it is still running, and waits for strace, which itself ignores
 * signals.
 */
export async function stopTraced({ process: strace }: Child): Promise<void> {
  if (strace.exitCode !== null || strace.signalCode !== null) return;
  const ended = once(strace, 'close');
  for (const pid of await childrenOf(strace.pid)) signalProcess(pid, 'SIGTERM');
  await ended;
}

/** No children if the process itself has ended. */
async function childrenOf(pid: number | undefined): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Sends a signal to a process, which may have ended before it arrives: false if it had. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Traces processes, and those that they start, into a file, until it is disposed of. `options` are strace's.
 * If one of the processes ended before strace attached to it, all are listed again.
 */
export async function traceProcesses(
  listPids: () => Promise<readonly number[]>,
  file: string,
  options: readonly string[],
): Promise<AsyncDisposable> {
  for (;;) {
    const pids = await listPids();
    const args = ['-f', '-o', file, ...options, ...pids.flatMap((pid) => ['-p', String(pid)])];
    const child = startChild('strace', args, process.env);
    const attached = () => (child.output().match(/attached/g) ?? []).length;
    const missed = () => child.process.exitCode !== null || child.output().includes('No such process');
    await waitFor('strace to be attached', () => missed() || attached() >= pids.length);
    if (!missed()) return { [Symbol.asyncDispose]: () => child.stop('SIGINT') };
    await child.stop('SIGINT');
  }
}
