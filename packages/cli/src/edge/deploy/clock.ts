// Sentences for the operator with the seconds since a command began: one clock for a command and all that it calls, also on
// servers (FREEHOLD_STARTED, as scripts/lib.sh has it).
import { visible } from '@freehold/core/print-lines';
import type { Environment } from '@freehold/core/settings';

/** Seconds since 1970 at which the command began. */
export function startedAt(env: Environment): number {
  const given = Number(env.FREEHOLD_STARTED);
  return given > 0 ? Math.floor(given) : Math.floor(Date.now() / 1000);
}

/** A sentence as in '[  12 s] Sending images'. Further lines stand as they are. */
export function withTime(started: number, sentence: string): string[] {
  const seconds = String(Math.floor(Date.now() / 1000) - started).padStart(4);
  const [first = '', ...others] = sentence.split('\n');
  return [`[${seconds} s] ${visible(first)}`, ...others.map(visible)];
}

/** Prints steps on standard output, and reasons of failures on standard error. */
export function createReport(env: Environment): (sentence: string, kind?: 'failure') => void {
  const started = startedAt(env);
  return (sentence, kind) => {
    const stream = kind === 'failure' ? process.stderr : process.stdout;
    const lines = withTime(started, sentence);
    stream.write(lines.map((line) => `${line}\n`).join(''));
  };
}
