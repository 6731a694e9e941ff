import { FreeholdError, reasonOf } from './error.ts';
import { createLog, type Log } from './log.ts';
import type { Environment } from './settings.ts';

/** What a program is given to run with. `signal` aborts on SIGTERM or SIGINT. */
export interface Program {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How long a program may take to end by itself after a signal, in milliseconds. */
const graceMs = 800;

/**
 * Runs a program and ends the process: 0 done, 1 failed, 2 wrong arguments or settings. The last
 * line says what failed. A program asked to end by a signal ends within a second, with 0 if it
 * stopped cleanly. Nothing else in the project calls `process.exit`.
 */
export async function runMain(
  run: (program: Program) => Promise<void>,
  log: Log = createLog(),
): Promise<never> {
  const abort = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      abort.abort(new FreeholdError(`Stopped by ${name}.`));
      setTimeout(() => {
        log.error(`Stopped by ${name}: ended by force, as it did not end by itself within ${graceMs} ms.`);
        process.exit(1);
      }, graceMs);
    });
  }
  const program = { argv: process.argv.slice(2), env: process.env, log, signal: abort.signal };
  process.exit(await exitCodeOf(run, program));
}

/** Runs a program, logs what failed, and gives the exit code that `runMain` ends the process with. */
export async function exitCodeOf(
  run: (program: Program) => Promise<void>,
  program: Program,
): Promise<0 | 1 | 2> {
  const { log } = program;
  try {
    await run(program);
    return 0;
  } catch (error) {
    if (!(error instanceof FreeholdError)) log.error(`This is a fault of the program: ${stackOf(error)}`);
    log.error(reasonOf(error));
    return error instanceof FreeholdError && error.code === 'usage' ? 2 : 1;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : String(error);
}
