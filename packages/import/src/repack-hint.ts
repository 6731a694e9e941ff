import { FreeholdError } from '@freehold/core/error';

/** The command that creates an archive that import accepts. */
export function repackHint(domain: string): string {
  return `Repack it with: tar -C FOLDER -cf ${domain}.tar .`;
}

/** Adds the command to an error about an archive; an error that contains a setting has its own remedy. */
export function withRepackHint(error: unknown, domain: string): unknown {
  if (!(error instanceof FreeholdError) || /FREEHOLD_\w+\.$/.test(error.message)) return error;
  return new FreeholdError(`${error.message} ${repackHint(domain)}`, { cause: error });
}
