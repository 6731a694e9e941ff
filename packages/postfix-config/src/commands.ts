// What scripts/mail.sh has done by this program: each is one step by hand.
import { usageError } from '@freehold/core/arguments';
import { addForward, removeForward } from './change-entries.ts';
import { explainAddress } from './explain-address.ts';
import { help } from './help.ts';
import { listForwards } from './list-forwards.ts';
import { printDns } from './print-dns.ts';
import type { PostfixSettings } from './settings.ts';

export type Command = (
  settings: PostfixSettings,
  args: readonly string[],
  options: { readonly json: boolean },
) => Promise<void>;

export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'add',
    (settings, [address, ...targets]) =>
      address === undefined || targets.length === 0
        ? wrong('add needs an address and where to forward its mail to')
        : addForward(settings, address, targets),
  ],
  ['remove', (settings, args) => removeForward(settings, only(args, 'remove needs one address'))],
  [
    'test',
    (settings, args, options) => explainAddress(settings, only(args, 'test needs one address'), options),
  ],
  ['dns', (settings, args) => printDns(settings, only(args, 'dns needs one domain'))],
  [
    'list',
    (settings, args, options) =>
      args.length > 0 ? wrong('list takes no further argument') : listForwards(settings, options),
  ],
]);

function only(args: readonly string[], otherwise: string): string {
  if (args.length !== 1 || args[0] === undefined) throw usageError(otherwise, help);
  return args[0];
}

async function wrong(what: string): Promise<never> {
  throw usageError(what, help);
}
