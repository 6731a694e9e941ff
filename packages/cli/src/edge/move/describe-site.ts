// What a move has to know of a site before it begins.
import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { formatDescription, type Room } from '../../move/description.ts';
import { runProgram } from '../run-program.ts';
import { servedStatus } from './answers.ts';
import { declared, foldersIn, type SiteHere } from './site-here.ts';

/** 'KILOBYTES STATUS DATABASE HOST BOOT' */
export async function describeSite(site: SiteHere): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  return formatDescription({
    kilobytes: await sizeOf(site),
    status: await servedStatus(site),
    database: await databaseOf(site),
    host: site.host.settings.FREEHOLD_HOST,
    boot: boot.trim().replaceAll('-', ''),
  });
}

/** What vanishes meanwhile is no matter. */
async function sizeOf({ domain, signal }: SiteHere): Promise<number> {
  const folders = foldersIn('/data', domain).map((folder) => join('/data', folder));
  const { stdout } = await runProgram('du', ['--summarize', '--total', '--block-size=K', '--', ...folders], {
    signal,
  });
  return Number.parseInt(stdout.trim().split('\n').at(-1) ?? '', 10) || 0;
}

/** The version of the database server that wrote the site's database; '-' if it has none. */
async function databaseOf(site: SiteHere): Promise<string> {
  const files = (app: string) => declared(site, 'DatabaseFiles', app)[0];
  const app = [...site.host.apps.keys()].find((one) => {
    const folder = files(one);
    return folder !== undefined && existsSync(join('/data/runtime/domains', site.domain, folder));
  });
  return (app && (await databaseVersion(site, app))) || '-';
}

/**
 * That of the server which the app's databases here would start with; undefined for an app without one.
 *
 * @throws FreeholdError if it cannot be found out: without it, nobody knows whether the other host reads the database.
 */
async function databaseVersion(site: SiteHere, app: string): Promise<string | undefined> {
  const [image, , program] = declared(site, 'Database', app);
  if (image === undefined || program === undefined) return undefined;
  const container = ['run', '--rm', '--network=none', '--pull=never', `--entrypoint=${program}`];
  const words = [...container, `freehold/${image}`, '--version'];
  const { stdout, stderr } = await runProgram('docker', words, { signal: site.signal });
  const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  if (version !== undefined) return version;
  const reason = (stderr || stdout).trim().split('\n').at(-1);
  throw new FreeholdError(`Cannot read the version of ${program} in freehold/${image}: ${reason}`);
}

/** What this host has for a site of an app. */
export async function roomHere(site: SiteHere, app: string, needsDatabase: boolean): Promise<Room> {
  const { bavail, bsize } = await statfs('/data');
  const kilobytes = Math.floor((bavail * bsize) / 1024);
  if (!needsDatabase) return { kilobytes };
  return {
    kilobytes,
    server: declared(site, 'Database', app)[1],
    database: await databaseVersion(site, app),
  };
}
