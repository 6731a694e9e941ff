// Writes all of this host that cannot be made again to standard output, while its sites run: what scripts/host/back-up.sh
// calls.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Program } from '@freehold/core/run-main';
import { isUploadFor } from '@freehold/core/uploads';
import { type DomainEntry, type NotedSite, notesOf, pathsOf, tarWords } from '../../backup/contents.ts';
import { dumpRules } from '../../dump/declared.ts';
import { createReport } from '../deploy/clock.ts';
import { databaseHere, dumpSite } from '../dump/dump-site.ts';
import { runEtcdctl } from '../etcd.ts';
import { hostFile, readHost } from '../host.ts';
import { appHere, type SiteHere, systemUnits } from '../move/site-here.ts';
import { settingFolders } from '../move/unit-files.ts';
import { runProgram } from '../run-program.ts';
import { scriptsFolder } from '../scripts-folder.ts';
import { enabledUnits, showUnits } from '../systemd.ts';

const domains = '/data/domains';

/** A host while it is backed up: what its sites have in common. */
type Here = Omit<SiteHere, 'domain' | 'notes'>;

/** @throws FreeholdError if the host cannot be backed up, or the backup lacks something; the rest of it is written anyway. */
export async function backUpHost({ env, log, signal }: Program): Promise<void> {
  const host = await readHost({ args: [], options: {}, env, log, signal });
  if (!(await isFolder(domains))) {
    throw new FreeholdError(
      `Cannot back up this host: ${domains} is missing, or a symbolic link to nothing. Is its volume mounted?`,
    );
  }
  const print = createReport(env);
  const here: Here = {
    host,
    scripts: scriptsFolder(env),
    signal,
    report: (sentence) => print(sentence, 'failure'),
  };
  const folder = await mkdtemp('/run/freehold-backup.');
  try {
    await writeBackup(here, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeBackup(here: Here, folder: string): Promise<void> {
  const notes = join(folder, 'backup');
  for (const path of ['postfix', 'units']) await mkdir(join(notes, path), { recursive: true });
  await mkdir(join(folder, 'domains'));
  await writeFile(join(folder, '.whole'), '');
  await noteHost(here, notes);
  const entries = await readEntries();
  const sites: NotedSite[] = [];
  for (const { name, isFolder: isSite } of entries) {
    const domain = isSite ? domainOrNone(name) : undefined;
    if (domain !== undefined) sites.push(await noteSite(here, domain, notes));
  }
  for (const [name, text] of Object.entries(notesOf(sites))) await writeFile(join(notes, name), text);
  const missing = await reportMissing(here);
  await writeFile(join(folder, 'list'), pathsOf(entries));
  await send(here, folder);
  const undumped = sites.filter(({ hasFailed }) => hasFailed).length;
  if (missing + undumped > 0)
    throw new FreeholdError('The backup is not complete: what it lacks is listed above.');
}

const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function readEntries(): Promise<DomainEntry[]> {
  const names = (await readdir(domains)).sort();
  return Promise.all(names.map(async (name) => ({ name, isFolder: await isFolder(join(domains, name)) })));
}

function domainOrNone(name: string): Domain | undefined {
  try {
    return parseCanonicalDomain(name);
  } catch {
    return undefined;
  }
}

async function noteHost({ host, signal }: Here, notes: string): Promise<void> {
  // As this host knows them, also while the majority of a cluster is away.
  const asked = ['get', '--consistency=s', '--prefix', '/mail/'];
  const { code, stdout, stderr } = await runEtcdctl(host.settings, asked, signal);
  if (code !== 0) {
    throw new FreeholdError(
      `etcd does not answer. Nothing was backed up, because the mail forwards would be missing. ${stderr.trim()}`,
    );
  }
  await writeFile(join(notes, 'mail'), stdout);
  await copyFile(hostFile, join(notes, 'host.env'));
  // Its own, which no site's folder has.
  const certificate = `${host.settings.FREEHOLD_HOST}.pem`;
  await copyIfThere(join('/data/runtime/haproxy/approved-certs', certificate), join(notes, certificate));
  const postfix = '/data/runtime/postfix';
  const local = (await readdir(postfix).catch(() => [])).filter((name) => name.endsWith('.local'));
  for (const name of [...local, 'srs-secret', 'relay-password'])
    await copyIfThere(join(postfix, name), join(notes, 'postfix', name));
  // The account with the CA of automatic certificates.
  await copyIfThere('/data/acme/account.pem', join(notes, 'acme-account.pem'));
}

/** With its mode and owner. */
async function copyIfThere(from: string, to: string): Promise<void> {
  const found = await stat(from).catch(() => undefined);
  if (!found?.isFile()) return;
  await copyFile(from, to);
  await chown(to, found.uid, found.gid);
  await chmod(to, found.mode & 0o7777);
}

async function noteSite(here: Here, domain: Domain, notes: string): Promise<NotedSite> {
  const site: SiteHere = { ...here, domain, notes };
  for (const folder of await settingFolders(domain)) {
    const to = join(notes, 'units', domain, folder);
    await cp(join(systemUnits, folder), to, { recursive: true, verbatimSymlinks: true });
  }
  const app = await appHere(site);
  const { code } = await runProgram('systemctl', ['is-enabled', '--quiet', `dump@${domain}.timer`], here);
  return { domain, app, isDumped: code === 0, hasFailed: !(await dump(site)) };
}

/** What a backup has of a database is its dump. One that is not here any more, as of a site that was removed, has its last. */
async function dump(site: SiteHere): Promise<boolean> {
  const app = databaseHere(site);
  const rules = app === undefined ? undefined : dumpRules(site.host.apps, app);
  if (!rules || !(await isFolder(dirname(join(domains, site.domain, rules.file))))) return true;
  try {
    // One that is being made already, as every night, is waited for.
    await dumpSite(site, 600);
    return true;
  } catch (error) {
    site.signal.throwIfAborted();
    site.report(reasonOf(error));
    site.report(
      `Cannot dump the database of ${site.domain} now. The backup contains its last dump, if there is one.`,
    );
    return false;
  }
}

/** A site without its data: its volume may not be mounted. */
async function reportMissing({ host, signal, report }: Here): Promise<number> {
  const patterns = [...host.apps.keys()].map((app) => `${app}@*.service`);
  const shown = await showUnits(patterns, ['LoadState', 'ActiveState'], signal);
  const isOn = ([, found]: readonly [string, ReadonlyMap<string, string>]) =>
    found.get('LoadState') !== 'not-found' && found.get('ActiveState') !== 'inactive';
  const enabled = (await enabledUnits()).filter(
    (unit) => host.apps.has(unit.split('@')[0] ?? '') && unit.endsWith('.service'),
  );
  const units = new Set([...[...shown].filter(isOn).map(([unit]) => unit), ...enabled]);
  const uploads = await readdir('/data/import').catch(() => []);
  let missing = 0;
  for (const unit of [...units].sort()) {
    const name = unit.slice(0, -'.service'.length);
    const domain = name.slice(name.indexOf('@') + 1) as Domain;
    const files = await readdir(join(domains, domain)).catch(() => []);
    if (files.length > 0 || uploads.some((upload) => isUploadFor(upload, domain))) continue;
    report(`Cannot back up ${name}: /data/domains/${domain} is missing or empty. Is its volume mounted?`);
    missing += 1;
  }
  return missing;
}

async function send({ signal }: Here, folder: string): Promise<void> {
  const child = spawn('tar', tarWords(folder), { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const [code] = await once(child, 'close');
  if (code === 0 || code === 1) return;
  throw new FreeholdError(
    "Cannot back up all files of this host; tar's messages above list those that it could not read.",
  );
}
