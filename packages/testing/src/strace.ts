import { execFile } from 'node:child_process';
import { startChild } from './child.ts';
import { waitFor } from './wait-for.ts';

const canTrace = await new Promise<boolean>((resolve) =>
  execFile('strace', ['-o', '/dev/null', 'true'], (error) => resolve(error === null)),
);

/** Why a test that traces is skipped: a developer's machine may forbid it. CI has to have it. */
export const withStrace = {
  skip: !canTrace && !process.env.CI && 'strace cannot be used here',
};

/** Traces processes, and those that they start, into a file, until it is disposed of. `options` are strace's. */
export async function traceProcesses(
  pids: readonly number[],
  file: string,
  options: readonly string[],
): Promise<AsyncDisposable> {
  const args = ['-f', '-o', file, ...options, ...pids.flatMap((pid) => ['-p', String(pid)])];
  const child = startChild('strace', args, process.env);
  await waitFor(
    'strace to be attached',
    () => (child.output().match(/attached/g) ?? []).length >= pids.length,
  );
  return {
    async [Symbol.asyncDispose]() {
      await child.stop('SIGINT');
    },
  };
}
