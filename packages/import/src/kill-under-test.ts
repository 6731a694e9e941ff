// For tests: import runs under strace (Debian package strace), to list each system call that
// changes something in the data folder, and to be killed at one of them.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sameCalls } from '@freehold/testing/strace';
import { execute, mainFile } from './site-under-test.ts';

/** A system call on a path below the data folder: the first, second, … of its kind on that path. */
export interface Call {
  readonly name: string;
  readonly path: string;
  readonly count: number;
}

const changing = [
  ...['chmod', 'chown', 'fchmod', 'fchown', 'lchown', 'utimensat', 'openat', 'write', 'pwrite64'],
  ...['mkdir', 'rmdir', 'link', 'symlink', 'rename', 'unlink', 'fsync', 'syncfs'],
];

/** An import that is killed at steps that `choose` selects. */
export interface KillCase {
  readonly title: string;
  readonly skip?: string | false;
  /** Fewer steps than this cannot be all of them. */
  readonly minimum: number;
  /** Returns the total number of steps. */
  kill(choose: Choose): Promise<number>;
}

export type Choose = <T>(steps: readonly T[]) => readonly T[];

/** Selects this many of all steps, spread over the whole run. */
export function spread(count: number): Choose {
  return (steps) =>
    Array.from({ length: count }, (_, index) =>
      steps.slice(Math.floor(((index + 0.5) * steps.length) / count)),
    ).flatMap((rest) => rest.slice(0, 1));
}

function traced(options: readonly string[], app: string, data: string) {
  const command = [process.execPath, mainFile, 'example.com', '--app', app];
  return execute('strace', ['-f', ...options, ...command], { FREEHOLD_DATA: data, ...sameCalls });
}

/** Runs import undisturbed, and returns the calls with which it changed something, in their order. */
export async function recordCalls(app: string, data: string): Promise<Call[]> {
  const file = join(data, 'runtime.trace');
  const { code, output } = await traced(['-y', '-o', file, '-e', `trace=${changing}`], app, data);
  assert.equal(code, 0, output);
  const counts = new Map<string, number>();
  const calls = (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    const [, name, rest = ''] = /^\d+ +(\w+)\((.*)/.exec(line) ?? [];
    const [, path] = new RegExp(`["<]${data}/([^">]+)[">](?!\\(deleted)`).exec(rest) ?? [];
    if (!name || !path || (name === 'openat' && !rest.includes('O_CREAT'))) return [];
    const count = (counts.get(`${name} ${path}`) ?? 0) + 1;
    counts.set(`${name} ${path}`, count);
    return [{ name, path, count }];
  });
  await rm(file);
  return calls;
}

/**
 * Of more than three equal calls on one path, such as the writes of a long file, the middle ones add nothing
 * new.
 */
export function withoutMiddle(calls: readonly Call[]): Call[] {
  const last = new Map(calls.map(({ name, path, count }) => [`${name} ${path}`, count]));
  return calls.filter(({ name, path, count }) => count <= 2 || count === last.get(`${name} ${path}`));
}

/** Runs import and kills it as it begins a call. */
export async function runUntil({ name, path, count }: Call, app: string, data: string): Promise<void> {
  const inject = `inject=${name}:signal=KILL:when=${count}`;
  const options = ['-o', '/dev/null', '-P', join(data, path), '-e', `trace=${name}`, '-e', inject];
  const { code, signal, output } = await traced(options, app, data);
  // For syncfs, the child process dies.
  if (name === 'syncfs') assert.match(output, /to disk: sync ended with SIGKILL/);
  else assert.ok(isKill(code, signal), `${name} ${path} ${count}: ${code} ${output}`);
}

/** strace ends in the same way as the program. */
export function isKill(code: number | null, signal: NodeJS.Signals | null): boolean {
  return code === 137 || signal === 'SIGKILL';
}

/** Runs work for all items, a few at a time. */
export async function forAll<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
