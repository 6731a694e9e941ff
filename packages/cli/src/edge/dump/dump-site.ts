// The dump of a site's database, while the site runs. The database of a stopped site runs meanwhile.
import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskReserveSettings } from '@freehold/core/disk-reserve';
import { FreeholdError } from '@freehold/core/error';
import { readSettings } from '@freehold/core/settings';
import { formatSize } from '../../deploy/layers.ts';
import { type DumpRules, databaseFolders, dumpRules } from '../../dump/declared.ts';
import { takeLock } from '../move/lock.ts';
import { activeState, type SiteHere } from '../move/site-here.ts';
import { runProgram } from '../run-program.ts';
import { writeDump } from './write-dump.ts';

/** The app whose database the domain has on this host. */
export function databaseHere({ host, domain }: Pick<SiteHere, 'host' | 'domain'>): string | undefined {
  const runtime = join('/data/runtime/domains', domain);
  return databaseFolders(host.apps).find(({ folder }) => existsSync(join(runtime, folder)))?.app;
}

/** What a dump of the domain is, and its file. */
export interface PlannedDump {
  readonly rules: DumpRules;
  readonly file: string;
}

/** @throws FreeholdError if there is no database, or no folder for its dump. */
export async function planDump(site: Pick<SiteHere, 'host' | 'domain'>): Promise<PlannedDump> {
  const { host, domain } = site;
  const app = databaseHere(site);
  if (app === undefined) throw new FreeholdError(`${domain} has no database on this host.`);
  const rules = dumpRules(host.apps, app);
  if (!rules) {
    throw new FreeholdError(
      `The database of ${domain} cannot be dumped, because its app ${app} declares no dump (Dump=). Save the database by its own means; 'freehold site remove ${domain} --delete-data' deletes it.`,
    );
  }
  const file = join('/data/domains', domain, rules.file);
  // A link in its place, created by somebody who can write to the site's folder, would redirect the dump to another place.
  const folder = await lstat(dirname(file)).catch(() => undefined);
  if (folder?.isDirectory()) return { rules, file };
  throw new FreeholdError(
    `${domain} has no database on this host: ${dirname(file)} is missing, or is not a folder.`,
  );
}

/**
 * Writes a consistent snapshot of the database to a file in the site's folder. The previous one stays until the new one is
 * complete and on disk.
 *
 * @param waitSeconds for another dump of the site to end.
 * @returns a sentence about the file.
 * @throws FreeholdError if there is no new dump.
 */
export async function dumpSite(site: SiteHere, waitSeconds = 0): Promise<string> {
  const { host, domain, signal } = site;
  const { rules, file } = await planDump(site);
  const { FREEHOLD_DISK_RESERVE_MB: reserveMegabytes } = readSettings(diskReserveSettings, host.env);
  // Two at once would interfere with each other.
  const lock = await takeLock(dirname(file), waitSeconds, signal);
  if (!lock) throw new FreeholdError(`Another dump of ${domain} is in progress.`);
  try {
    const size = await whileDatabaseRuns(site, rules, () =>
      writeDump({ domain, rules, file, reserveMegabytes, signal }),
    );
    return `${file} contains the database of ${domain}, ${formatSize(size)}B.`;
  } finally {
    await lock.release();
  }
}

/** A database that this starts is stopped again in the end, whatever happens. */
export async function whileDatabaseRuns<T>(
  site: SiteHere,
  rules: DumpRules,
  work: () => Promise<T>,
): Promise<T> {
  if (!(await isDatabaseOff(site, rules))) return work();
  try {
    await startDatabase(site, rules);
    return await work();
  } finally {
    await stopDatabase(site, rules);
  }
}

async function isStopped(site: SiteHere, { app }: DumpRules): Promise<boolean> {
  return ['inactive', 'failed'].includes(await activeState(site, `${app}@${site.domain}.service`));
}

const databaseUnit = ({ domain }: SiteHere, { database }: DumpRules) => `${database}@${domain}.service`;

/** Only if the site is not running: otherwise its own unit restarts the database. */
async function isDatabaseOff(site: SiteHere, rules: DumpRules): Promise<boolean> {
  return (await isStopped(site, rules)) && (await activeState(site, databaseUnit(site, rules))) !== 'active';
}

/** Its start continues in systemd if the signal ends this, and is to be stopped then. */
async function startDatabase(site: SiteHere, rules: DumpRules): Promise<void> {
  const unit = databaseUnit(site, rules);
  const { code } = await runProgram('systemctl', ['start', unit], { signal: site.signal });
  if (code === 0) return;
  throw new FreeholdError(`The database of ${site.domain} does not start. See journalctl -u ${unit}.`);
}

/** Not if somebody has started the site in the meantime. Also after a signal, when nothing may take long. */
async function stopDatabase(site: SiteHere, rules: DumpRules): Promise<void> {
  const here: SiteHere = { ...site, signal: new AbortController().signal };
  if (!(await isStopped(here, rules))) return;
  const words = ['stop', ...(site.signal.aborted ? ['--no-block'] : [])];
  await runProgram('systemctl', [...words, databaseUnit(site, rules)], here);
}
