// The address of a repository for --git.
import { FreeholdError } from '@freehold/core/error';

/** The longest address, in bytes, with its branch, tag or commit. */
export const maxAddressBytes = 4096;

/** ssh takes a user's name only, never a password. */
const userAlone = /^(?:ssh:\/\/)?[A-Za-z0-9_.+-]+@[^@?]+$/;

/** Whether an address has a user or password, or anything else that may be one. */
function hasSecret(address: string): boolean {
  return /[@?]/.test(address) && !userAlone.test(address);
}

/**
 * Checks an address that was given as an argument: every user of the machine sees arguments (ps), and sudo logs them.
 *
 * @throws FreeholdError `usage`, without the address.
 */
export function checkArgument(address: string): void {
  if (!hasSecret(address)) return;
  throw new FreeholdError(
    'The address after --git contains a user, password or token. Every user of this machine can see the arguments of a command, and sudo logs them. Replace this password or token at the git server. Then pass the new address on standard input (--git -) or in a file (--git-file FILE).',
    { code: 'usage' },
  );
}

/**
 * The address in a text: all of it but the line ends after it.
 *
 * @param option where the text is from, as in '--git'.
 * @throws FreeholdError `usage`, without the address.
 */
export function parseAddress(option: string, text: string): string {
  const address = text.replace(/\n+$/, '');
  const wrong = (what: string) =>
    new FreeholdError(`The repository's address for ${option} ${what}`, { code: 'usage' });
  if (address === '') throw wrong("is empty. See 'freehold site add --help'.");
  if (address.includes('\n')) throw wrong('has more than one line.');
  return address;
}
