import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { FreeholdError } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import type { Log } from '@freehold/core/log';
import { printDifference } from '@freehold/core/print-difference';
import { createFaultReporter } from '@freehold/core/report-faults';
import type { Program } from '@freehold/core/run-main';
import { oneAtATime, type Work } from './attempt.ts';
import { commands } from './commands.ts';
import { createDesiredReader } from './desired-state.ts';
import { follow } from './follow.ts';
import { help } from './help.ts';
import { postfixAt } from './postfix-control.ts';
import { createReconciler } from './reconcile.ts';
import { renderFiles } from './render.ts';
import { readPostfixSettings } from './settings.ts';
import { readSnapshot } from './snapshot.ts';

export async function run({ argv, env, log, signal }: Program): Promise<void> {
  const options = {
    once: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  } as const;
  const { values, positionals } = parseArguments(argv, options, help);
  if (values.help) return printHelp(help);
  const [name, ...rest] = positionals;
  const command = name === undefined ? undefined : commands.get(name);
  if (name !== undefined && !command) throw usageError(`Unexpected argument ${JSON.stringify(name)}`, help);
  const { json = false } = values;
  if (json && name !== 'list' && name !== 'test')
    throw usageError('--json applies only to list and test', help);
  const settings = readPostfixSettings(env);
  if (command) return command(settings, rest, { json });
  warnOfShortName(settings.FREEHOLD_HOST, log);
  const folder = settings.FREEHOLD_POSTFIX_DIR;
  const readDesired = createDesiredReader(settings);
  const reconcile = createReconciler({ folder, postfix: postfixAt(settings.FREEHOLD_POSTFIX_SOCKETS), log });
  const work: Work = { settings, readDesired, reconcile, log, signal };
  if (values['dry-run']) return dryRun(work);
  return values.once ? once(work) : follow(work);
}

/** Rewritten senders (SRS) are addresses in this domain, which other servers look up. */
function warnOfShortName(host: string, log: Log): void {
  if (host.includes('.')) return;
  log.warning(
    `This host's name has no dot, so other mail servers refuse mail from it. Run setup.sh with a name that resolves in DNS.`,
    { host },
  );
}

async function dryRun({ settings, readDesired, log }: Work): Promise<void> {
  const { faults, ...desired } = await readDesired(await readSnapshot(etcdOf(settings)));
  createFaultReporter(log)(faults);
  return printDifference(renderFiles(desired, settings.FREEHOLD_POSTFIX_DIR));
}

async function once(work: Work): Promise<void> {
  const { faults, ...desired } = await work.readDesired(await readSnapshot(etcdOf(work.settings)));
  createFaultReporter(work.log)(faults);
  const outcome = await oneAtATime(work, () => work.reconcile(desired));
  if (outcome === 'refused')
    throw new FreeholdError('Postfix refused the configuration; the last valid one stays in use.');
  const state =
    outcome === 'waiting' ? 'Postfix is not running and loads it when it starts' : 'Postfix has loaded it';
  work.log.info(`Wrote the configuration; ${state}.`, { forwards: desired.forwards.size });
}
