// The commands behind scripts/mail.sh and freehold mail: each is one manual step.
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
        ? wrong(`Missing argument: ${address === undefined ? 'ADDRESS' : 'TARGET'}`)
        : addForward(settings, address, targets),
  ],
  ['remove', (settings, args) => removeForward(settings, only(args, 'ADDRESS'))],
  ['test', (settings, args, options) => explainAddress(settings, only(args, 'ADDRESS'), options)],
  ['dns', (settings, args) => printDns(settings, only(args, 'DOMAIN'))],
  [
    'list',
    (settings, args, options) =>
      args.length > 0 ? wrong(unexpected(args[0])) : listForwards(settings, options),
  ],
]);

function only(args: readonly string[], name: string): string {
  const [first, ...rest] = args;
  if (first === undefined) throw usageError(`Missing argument: ${name}`, help);
  if (rest.length > 0) throw usageError(unexpected(rest[0]), help);
  return first;
}

function unexpected(argument: string | undefined): string {
  return `Unexpected argument ${JSON.stringify(argument)}`;
}

async function wrong(what: string): Promise<never> {
  throw usageError(what, help);
}
