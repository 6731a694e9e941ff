import { FreeholdError, reasonOf } from './error.ts';
import { createLog, type Log } from './log.ts';
import type { Environment } from './settings.ts';

/** The environment in which a program runs. `signal` aborts on SIGTERM, SIGINT or SIGHUP. */
export interface Program {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The time in which a program must end after a signal before it is forced to, in milliseconds. */
const graceMs = 800;

/**
 * Runs a program and ends the process: 0 for success, 1 for failure, 2 for wrong arguments or settings. The
 * last line states the failure. After a signal, a program ends within a second, with 0 if it stopped cleanly.
 * Nothing else in the project calls `process.exit`.
 */
export async function runMain(
  run: (program: Program) => Promise<void>,
  log: Log = createLog(),
): Promise<never> {
  const abort = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      abort.abort(new FreeholdError(`Stopped by ${name}.`));
      setTimeout(() => {
        log.error(`Stopped by ${name}: forced to exit because it was still running after ${graceMs} ms.`);
        process.exit(1);
      }, graceMs);
    });
  }
  const program = { argv: process.argv.slice(2), env: process.env, log, signal: abort.signal };
  process.exit(await exitCodeOf(run, program));
}

/** Runs a program, logs its failure, and returns the exit code with which `runMain` ends the process. */
export async function exitCodeOf(
  run: (program: Program) => Promise<void>,
  program: Program,
): Promise<0 | 1 | 2> {
  const { log, signal } = program;
  try {
    await run(program);
    return 0;
  } catch (error) {
    // Streams and child processes that a signal ends fail with errors of their own, which are no bugs.
    if (signal.aborted && !(error instanceof FreeholdError)) {
      log.error(reasonOf(signal.reason));
      return 1;
    }
    if (!(error instanceof FreeholdError)) log.error(`This is a bug in the program: ${stackOf(error)}`);
    log.error(reasonOf(error));
    return error instanceof FreeholdError && error.code === 'usage' ? 2 : 1;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : String(error);
}
