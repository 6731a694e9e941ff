// What scripts of the folder host/ call: a switch of this host's version, and what belongs to it.
import { FreeholdError } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import type { Program } from '@freehold/core/run-main';
import { runSwitch } from '../../deploy/run-switch.ts';
import { isVersion } from '../../deploy/versions.ts';
import { parseEnvironmentFile } from '../../host/environment-file.ts';
import { hostFile } from '../host.ts';
import { scriptsFolder } from '../scripts-folder.ts';
import { readAnswers } from './answers-here.ts';
import { createReport } from './clock.ts';
import { checkDatabases } from './databases-here.ts';
import { readOwnApps, type SwitchHere } from './host-here.ts';
import { switchActs } from './switch-acts.ts';
import { versionBeforeUnfinished } from './unfinished-note.ts';
import { isHere, keepByHand, listVersions, readIfThere } from './versions-here.ts';

/**
 * 'switch VERSION HOSTNAME', 'check-databases VERSION' or 'list'.
 *
 * @throws FreeholdError `usage` for words that are no such step.
 */
export async function runSwitchStep([step = '', ...words]: string[], program: Program): Promise<void> {
  const { env, signal } = program;
  // The run that began it may be gone: it runs to its end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const host: SwitchHere = { scripts: scriptsFolder(env), env, signal, report: createReport(env) };
  const [version = '', name = ''] = words;
  if (step === 'list' && words.length === 0) return printVersions();
  if (step === 'check-databases' && words.length === 1 && isVersion(version)) {
    return checkDatabases(host, await readOwnApps(host), version);
  }
  if (step === 'switch' && words.length === 2 && isVersion(version))
    return switchVersion(host, version, name);
  throw new FreeholdError(`'${visible([step, ...words].join(' '))}' is no step of a switch of versions.`, {
    code: 'usage',
  });
}

const versionInUse = async () => parseEnvironmentFile(await readIfThere(hostFile)).FREEHOLD_VERSION;

async function printVersions(): Promise<void> {
  const used = await versionInUse();
  const all = await listVersions();
  process.stdout.write(all.map((version) => `${version}${version === used ? ' (in use)' : ''}\n`).join(''));
}

async function switchVersion(host: SwitchHere, version: string, name: string): Promise<void> {
  if (!(await isHere(host, version))) {
    const all = (await listVersions()).join(' ');
    throw new FreeholdError(`This host has no version '${version}'. It has: ${all}`);
  }
  const apps = await readOwnApps(host);
  await checkDatabases(host, apps, version);
  const before = (await versionBeforeUnfinished()) ?? (await currentVersion(host));
  const isBeforeHere = before !== undefined && (await isHere(host, before));
  const answers = await readAnswers(host, apps);
  await runSwitch(
    { version, before, isBeforeHere },
    {
      perform: (operation) => switchActs[operation.act]({ host, apps, name, answers }, operation),
      report: host.report,
      signal: host.signal,
    },
  );
}

/** What was set up manually is kept again: it may have been changed manually again. */
async function currentVersion(host: SwitchHere): Promise<string | undefined> {
  const used = await versionInUse();
  if (used !== undefined && used !== 'by-hand') return used;
  try {
    return (await keepByHand(host)) ?? used;
  } catch (cause) {
    host.signal.throwIfAborted();
    throw new FreeholdError(
      'Cannot keep the current files and images as the version by-hand. Nothing was changed.',
      { cause },
    );
  }
}
