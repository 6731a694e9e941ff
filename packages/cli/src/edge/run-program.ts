// Runs programs of this machine: never through a shell.
import { spawn } from 'node:child_process';
import { FreeholdError, reasonOf } from '@freehold/core/error';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LineReaders {
  readonly onLine?: (line: string) => void;
  readonly onErrorLine?: (line: string) => void;
}

/**
 * Runs a program to its end, whatever its exit code is. `onLine` and `onErrorLine` get what it prints line by line as well.
 *
 * @throws FreeholdError if it cannot be started.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { signal: AbortSignal; env?: NodeJS.ProcessEnv } & LineReaders,
): Promise<Outcome> {
  const { signal, env = process.env, onLine, onErrorLine } = options;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, env });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', reject).on('close', (code, killed) => resolve(code ?? (killed ? 128 : 1)));
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  if (onLine) eachLine(child.stdout, onLine);
  if (onErrorLine) eachLine(child.stderr, onErrorLine);
  try {
    const code = await promise;
    const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8');
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } catch (error) {
    signal.throwIfAborted();
    throw new FreeholdError(`Cannot run ${command}: ${reasonOf(error)}`, { cause: error });
  }
}

/** @throws FreeholdError if it fails, with the last line that it printed. */
export async function outputOf(
  command: string,
  args: readonly string[],
  options: { signal: AbortSignal; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, args, options);
  if (code === 0) return stdout;
  const reason = stderr.trim().split('\n').at(-1) ?? '';
  throw new FreeholdError(
    `${command} ${args.slice(0, 3).join(' ')} failed with exit code ${code}: ${reason}`,
  );
}

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}
