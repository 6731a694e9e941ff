import { type ParseArgsConfig, parseArgs } from 'node:util';
import { FreeholdError, reasonOf } from './error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Parses a program's arguments. Every program accepts `--help`.
 *
 * @throws FreeholdError `usage` for an unknown or malformed option; it refers to the help.
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
    throw usageError(withoutHint(reasonOf(error)), help);
  }
}

/** Removes Node's hint about positional arguments that begin with '-': no program here has any. */
function withoutHint(reason: string): string {
  return reason.replace(/\. To specify a positional argument.*$/s, '');
}

/** The error for a wrong call: states what is wrong and refers to the program's help. */
export function usageError(what: string, help: string): FreeholdError {
  const command = /^Usage: (\S+)/m.exec(help)?.[1] ?? '';
  return new FreeholdError(`${what.replace(/\.$/, '')}. See '${command} --help'.`, { code: 'usage' });
}

/** Prints a help text on standard output. */
export function printHelp(help: string): void {
  process.stdout.write(`${help.trim()}\n`);
}
