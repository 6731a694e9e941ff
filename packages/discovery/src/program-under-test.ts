// For tests: runs the program as a separate process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

const main = join(import.meta.dirname, 'main.ts');

interface StartOptions {
  readonly input?: string;
  readonly keepOpen?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Running {
  readonly ended: Promise<{ code: number | null; out: string; lines: string[] }>;
  readonly output: () => string;
  readonly input: Writable;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** Starts the program. Its input ends immediately unless it is kept open. */
export function startProgram(args: readonly string[], options: StartOptions = {}): Running {
  const env = { PATH: process.env.PATH, ...options.env };
  const child = spawn(process.execPath, [main, ...args], { env });
  let out = '';
  let log = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (log += chunk));
  child.stdin.on('error', () => undefined);
  if (!options.keepOpen) child.stdin.end(options.input ?? '');
  const ended = once(child, 'close').then(([code]) => ({ code, out, lines: log.trimEnd().split('\n') }));
  return { input: child.stdin, ended, output: () => log, kill: (signal) => void child.kill(signal) };
}
