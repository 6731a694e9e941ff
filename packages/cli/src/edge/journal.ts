import { spawn } from 'node:child_process';
import { FreeholdError } from '@freehold/core/error';
import type { Call, Row } from '../command.ts';
import { runProgram } from './run-program.ts';

/**
 * What the units of a pattern logged last, their containers' output included, the oldest first.
 *
 * @throws FreeholdError `usage` for a number of lines that is none.
 */
export async function readJournal(pattern: string, { options, signal }: Call): Promise<Row[]> {
  const args = [...argumentsFor(pattern, options), '--output=json'];
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const { code, stdout, stderr } = await runProgram('journalctl', args, { signal, env });
  // A pattern without any unit in the journal.
  if (code !== 0 && stderr.includes('No data available')) return [];
  if (code === 0) return parseJournal(stdout);
  throw new FreeholdError(`Cannot read the journal of ${pattern}: ${stderr.trim().split('\n').at(-1)}`);
}

/**
 * Prints what they log, until stopped.
 *
 * @throws FreeholdError if journalctl exits, which it does only after a failure.
 */
export async function followJournal(pattern: string, { options, signal }: Call): Promise<void> {
  const args = [...argumentsFor(pattern, options), '--follow', '--output=short-iso'];
  const child = spawn('journalctl', args, { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', (error) => signal.aborted || reject(error)).on('close', resolve);
  const code = await promise;
  if (code === 0 || signal.aborted) return;
  throw new FreeholdError(
    `Cannot follow the journal of ${pattern}: journalctl ended with exit code ${code ?? 'unknown'}; its message is above.`,
  );
}

function argumentsFor(pattern: string, options: Call['options']): string[] {
  const lines = String(options.lines ?? '50');
  if (!/^\d{1,6}$/.test(lines)) {
    throw new FreeholdError(`--lines is '${lines}', but a number up to 999999 is required.`, {
      code: 'usage',
    });
  }
  const since = typeof options.since === 'string' ? [`--since=${options.since}`] : [];
  return ['--no-pager', '--quiet', `--lines=${lines}`, ...since, `--unit=${pattern}`];
}

/** Lines of journalctl's JSON (systemd.journal-fields(7)). A message that is no UTF-8 is a list of bytes there. */
export function parseJournal(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const entry = JSON.parse(line) as Record<string, unknown>;
    const micros = Number(entry.__REALTIME_TIMESTAMP);
    const message = Array.isArray(entry.MESSAGE)
      ? Buffer.from(entry.MESSAGE as number[]).toString('utf8')
      : String(entry.MESSAGE ?? '');
    const unit = entry.UNIT ?? entry.OBJECT_SYSTEMD_UNIT ?? entry._SYSTEMD_UNIT ?? '';
    return [{ time: new Date(micros / 1000).toISOString(), unit: String(unit), message }];
  });
}
