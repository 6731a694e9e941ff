import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server under test: its process and what it has printed so far. */
export interface Child {
  readonly process: ChildProcess;
  readonly output: () => string;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a server. Its output is kept, to be shown when a test fails. */
export function startChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  child.on('error', (error) => (text += String(error)));
  return {
    process: child,
    output: () => text,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}
