import { type ParseArgsConfig, parseArgs } from 'node:util';
import { FreeholdError, reasonOf } from './error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Parses a program's arguments; `--help` is understood everywhere.
 *
 * @throws FreeholdError `usage` with the first line of the help, for an unknown or malformed option.
 */
export function parseArguments<const T extends Options>(argv: readonly string[], options: T, help: string) {
  try {
    const all = { ...options, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: all,
      allowPositionals: true,
      strict: true,
    });
    return { values, positionals };
  } catch (error) {
    throw usageError(reasonOf(error), help);
  }
}

/** A wrong call: what is wrong, then how to call it right. */
export function usageError(what: string, help: string): FreeholdError {
  const usage = help.split('\n').find((line) => line.startsWith('Usage:')) ?? '';
  return new FreeholdError(`${what.replace(/\.$/, '')}. ${usage} (--help tells more)`, { code: 'usage' });
}

/** Prints a help text on standard output. */
export function printHelp(help: string): void {
  process.stdout.write(`${help.trim()}\n`);
}
