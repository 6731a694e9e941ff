import { constants } from 'node:fs';
import { access, open, rm } from 'node:fs/promises';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { readBackup, readSites } from '../edge/backup/read-backup.ts';
import { askServer, type ConnectionOptions, sendFileToServer } from '../edge/connection.ts';
import { makeConnectionFolder } from '../edge/connection-folder.ts';
import { createReport } from '../edge/deploy/clock.ts';
import { harmless } from '../edge/each-server.ts';
import { sitesElsewhere } from '../edge/restore/ask-servers.ts';
import { type BackedUpSite, parseSites } from '../restore/backup-contents.ts';
import { askHere, predictSites } from '../restore/find-elsewhere.ts';
import { checkServer } from '../servers.ts';

/** Stays the same for servers of other versions. */
const script = '/opt/freehold/scripts/host/restore.sh';

interface Restore {
  readonly server: string;
  readonly file: string;
  /** Those that were named. Without any, all sites and the host's settings. */
  readonly domains: readonly string[];
  /** All sites of the backup. */
  readonly sites: readonly BackedUpSite[];
}

/** Restores a whole backup to a server, or prints the sites in one. */
export async function restoreServer(call: Call): Promise<void> {
  const { args, options, signal } = call;
  if (typeof options.list === 'string') {
    await checkBackup(options.list, signal);
    const sites = await readSites(options.list, signal);
    for (const line of sites.split('\n').filter((one) => one !== '')) printLine(line);
    return;
  }
  const missing = ['SERVER', 'FILE'][args.length];
  if (missing !== undefined)
    throw usage(`Missing argument: ${missing}. See 'freehold server restore --help'.`);
  await restore(call, []);
}

/** Restores single sites of a backup to a server. */
export function restoreSites(call: Call): Promise<void> {
  return restore(call, call.args.slice(2));
}

async function restore(call: Call, asked: readonly string[]): Promise<void> {
  const { args, env, options, signal } = call;
  const [server = '', file = ''] = args;
  checkServer(server);
  await checkBackup(file, signal);
  const domains = asked.map(parseCanonicalDomain);
  const sites = parseSites(await readSites(file, signal));
  const folder = await makeConnectionFolder(env);
  try {
    const connection: ConnectionOptions = { server, folder, env, signal, report: printLine };
    const given = { server, file, domains, sites };
    const names = domains.length > 0 ? domains : sites.map(({ name }) => name);
    const elsewhere = options.evenSo ? new Map() : await sitesElsewhere(call, connection, names);
    if (options.dryRun) return await predict(connection, given, elsewhere);
    await send(call, connection, given, elsewhere);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const usage = (reason: string) => new FreeholdError(reason, { code: 'usage' });

const printLine = (line: string) => void process.stdout.write(`${harmless(line)}\n`);

/** @throws FreeholdError */
async function checkBackup(file: string, signal: AbortSignal): Promise<void> {
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new FreeholdError(`Cannot restore from '${file}': no such file.`, { code: 'usage', cause });
  });
  if (await readBackup(file, signal)) return;
  throw new FreeholdError(`'${file}' is not a complete backup from scripts/deploy/back-up.sh.`);
}

async function send(
  { env, options }: Call,
  connection: ConnectionOptions,
  { server, file, domains }: Restore,
  elsewhere: ReadonlyMap<string, string>,
): Promise<void> {
  createReport(env)(`Sending ${file} to ${server}`);
  const found = [...elsewhere].flatMap(([domain, host]) => ['--elsewhere', `${domain}=${host}`]);
  const words = [script, ...(options.evenSo ? ['--even-so'] : []), ...found, ...domains];
  const backup = await open(file, 'r');
  try {
    const code = await sendFileToServer(connection, backup.fd, words, printLine);
    if (code === 0) return;
    throw new FreeholdError(`The restore to ${server} is not complete; the reason is above.`, {
      code: code === 2 ? 'usage' : 'failed',
    });
  } finally {
    await backup.close();
  }
}

/** What a run would do, by what the servers say; it changes nothing. */
async function predict(
  connection: ConnectionOptions,
  { server, domains, sites }: Restore,
  elsewhere: ReadonlyMap<string, string>,
): Promise<void> {
  const found = await askServer(connection, ['bash', '-c', askHere], 'look at its sites');
  const asked = sites.filter(({ name }) => domains.length === 0 || domains.includes(name));
  const unknown = domains.filter((domain) => !sites.some(({ name }) => name === domain));
  for (const domain of unknown) printLine(`The backup does not contain the site ${domain}.`);
  for (const line of predictSites(asked, elsewhere, { server, found })) printLine(line);
  const settings = domains.length === 0 ? `, and the settings that ${server} lacks` : '';
  printLine(
    `Pending imports and mail forwards would be restored too${settings}. Hosts of the same etcd were not asked. Nothing was changed.`,
  );
}
