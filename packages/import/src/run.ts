import type { Readable } from 'node:stream';
import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { explained } from '@freehold/core/explain-disk';
import { withLock } from '@freehold/core/lock';
import { readInput } from '@freehold/core/read-input';
import type { Program } from '@freehold/core/run-main';
import { help } from './help.ts';
import { readLayout } from './layout.ts';
import { makeBases, prepare } from './prepare.ts';
import { chooseApp, findRequiredApps } from './site-apps.ts';

const options = { app: { type: 'string', multiple: true }, 'required-by': { type: 'string' } } as const;

export async function run(program: Program, input: Readable = process.stdin): Promise<void> {
  const { argv, env, signal, log } = program;
  const { values, positionals } = parseArguments(argv, options, help);
  if (values.help) return printHelp(help);
  const [name, ...rest] = positionals;
  if (name === undefined) throw usageError('The domain is missing', help);
  if (rest.length > 0) throw usageError(`One domain is wanted, and ${rest.length} more given`, help);
  const { app: told = [], 'required-by': source } = values;
  if (told.length === 0 && source === undefined) throw usageError('--app or --required-by is missing', help);
  if (source !== undefined && source !== '-') {
    throw usageError(
      `--required-by is ${JSON.stringify(source)}, but only - (standard input) is known`,
      help,
    );
  }
  const domain = parseCanonicalDomain(name);
  const layout = readLayout(env, domain);
  const units =
    source === '-' ? await readInput(input, { maxBytes: 65_536, what: 'systemctl show', signal }) : '';
  const app = chooseApp([...told, ...findRequiredApps(units, domain)], domain);
  await explained(`The folders that all domains share could not be made`, () => makeBases(layout));
  const lock = { signal, log, what: `Another import of ${domain}` };
  await withLock(layout.lock, lock, () => prepare(layout, app, { signal, log }));
}
