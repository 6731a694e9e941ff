// What a change of a mail forward would do.
import { FreeholdError } from '@freehold/core/error';
import { catchAll, parseAddress, parseOwnAddress } from '@freehold/core/mail-address';
import type { Row } from '../command.ts';

/**
 * A sentence about the forward of an address.
 *
 * @param forwards rows of `mail list`.
 * @param args the address, and its new targets; none if the forward is removed.
 * @throws FreeholdError for what is no mail address, or if there is no forward to remove.
 */
export function predictForward(
  forwards: readonly Row[],
  [address = '', ...targets]: readonly string[],
): string {
  const name = ownName(address);
  const now = forwards.find((row) => row.address === name && String(row.source).startsWith('/mail/'));
  const present = now === undefined ? undefined : (now.targets as readonly string[]).join(', ');
  if (targets.length === 0) {
    if (present === undefined) throw new FreeholdError(`${name} is not in etcd. Nothing was changed.`);
    return `Would stop forwarding ${name} to ${present}. Nothing was changed.`;
  }
  const before = present === undefined ? 'not in etcd' : `forwarded to ${present}`;
  return `Would forward ${name} to ${targets.map(parseAddress).join(', ')}; it is ${before} now. Nothing was changed.`;
}

/** As `mail list` has it: '@example.com' stands for the rest of the domain. */
function ownName(address: string): string {
  const { local, domain } = parseOwnAddress(address);
  return `${local === catchAll ? '' : local}@${domain}`;
}
