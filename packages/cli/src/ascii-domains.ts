// Domain names with letters such as ü, as a person types them.
import { parseDomain } from '@freehold/core/domain';
import type { CommandSpec } from './command.ts';

/**
 * The arguments of a command, with the ASCII form of each such domain name, as units, folders and DNS have it.
 *
 * @throws FreeholdError `usage` for a name that has none.
 */
export function withAsciiDomains(spec: CommandSpec, args: readonly string[]): string[] {
  return args.map((word, index) => {
    const argument = spec.args?.[index] ?? spec.args?.at(-1);
    if (argument?.completes !== 'domain' || argument.isOnlyHere?.(word)) return word;
    return /\P{ASCII}/u.test(word) ? parseDomain(word) : word;
  });
}
