// One site of a backup: what is seen of it, and the operations, on this host.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { isUploadFor } from '@freehold/core/uploads';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';
import type { BackedUpSite } from '../../restore/backup-contents.ts';
import type { UploadSeen } from '../../restore/run-restore.ts';
import type { SiteOperation, SiteSeen } from '../../restore/site.ts';
import { hostsElsewhere } from '../move/etcd-acts.ts';
import { hasNote } from '../move/notes.ts';
import { appHere, type SiteHere, systemctl, systemUnits } from '../move/site-here.ts';
import { settingFolders } from '../move/unit-files.ts';
import { outputOf } from '../run-program.ts';
import { begun, imports, staged, tree } from './places.ts';
import type { UnpackedBackup } from './unpack.ts';

/** A site of the backup on this host. */
export interface RestoredSite {
  readonly site: SiteHere;
  readonly backup: UnpackedBackup;
  /** It is restored wherever else it lives. */
  readonly evenSo: boolean;
}

const noteOf = (domain: string) => join(begun, domain);
const dataIn = (domain: string) => join(tree, 'domains', domain);
const unitsIn = (domain: string) => join(tree, 'backup/units', domain);

export async function lookAtSite(restored: RestoredSite, { app }: BackedUpSite): Promise<SiteSeen> {
  const { site, backup } = restored;
  const { domain } = site;
  const data = await lstat(dataIn(domain)).catch(() => undefined);
  const isBegun = existsSync(noteOf(domain));
  const here = { ...(await lookAtData(domain)), appHere: await appHere(site) };
  const isHere = here.hasData || here.hasUpload || here.appHere !== undefined;
  return {
    app,
    isInBackup: data?.isDirectory() ?? false,
    isUndumped: backup.undumped.has(domain),
    wasDumped: backup.dumped.has(domain),
    settings: await readTexts(unitsIn(domain), unitsIn(domain), '.conf'),
    isBegun,
    ...here,
    settingsHere: await readSettings(domain),
    // Nobody needs to be asked for one that stays as it is.
    ...(isHere && !isBegun ? { isMoving: false, elsewhere: [] } : await lookElsewhere(restored)),
  };
}

export async function lookAtUpload(restored: RestoredSite): Promise<UploadSeen> {
  return { ...(await lookAtData(restored.site.domain)), ...(await lookElsewhere(restored)) };
}

async function lookAtData(domain: Domain): Promise<Pick<SiteSeen, 'hasData' | 'hasUpload'>> {
  const uploads = await readdir(imports).catch(() => []);
  return {
    hasData: existsSync(join('/data/domains', domain)),
    hasUpload: uploads.some((name) => isUploadFor(name, domain)),
  };
}

async function lookElsewhere({
  site,
  evenSo,
}: RestoredSite): Promise<Pick<SiteSeen, 'isMoving' | 'elsewhere'>> {
  const isMoving = hasNote(site, 'given') || hasNote(site, 'app');
  if (evenSo) return { isMoving, elsewhere: [] };
  try {
    return { isMoving, elsewhere: await hostsElsewhere(site) };
  } catch {
    site.signal.throwIfAborted();
    return { isMoving, elsewhere: undefined };
  }
}

async function readSettings(domain: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of await settingFolders(domain)) {
    for (const [path, text] of await readTexts(join(systemUnits, folder), systemUnits, ''))
      found.set(path, text);
  }
  return found;
}

/** The files below a folder by their paths from `base`, byte by byte. No link is followed. */
async function readTexts(folder: string, base: string, ending: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const texts = new Map<string, string>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && entry.name.endsWith(ending))
      texts.set(relative(base, path), await readFile(path, 'latin1'));
  }
  return texts;
}

export function changeSite(
  { site }: RestoredSite,
  { app = '' }: BackedUpSite,
  operation: SiteOperation,
): Promise<void> {
  return siteActs[operation](site, app);
}

const siteActs: Readonly<Record<SiteOperation, (site: SiteHere, app: string) => Promise<void>>> = {
  'note-begun': ({ domain }) => writeAtomic(noteOf(domain), '', { mode: 0o600 }),
  'install-settings': installSettings,
  'reload-units': (site) => systemctl(site, 'daemon-reload'),
  'stage-data': ({ domain, signal }) => stage(dataIn(domain), staged(domain), signal),
  'require-vacant': requireVacant,
  'place-data': ({ domain }) => rename(staged(domain), join(imports, domain)),
  'start-site': startSite,
  'enable-dump': (site) => systemctl(site, 'enable', '--quiet', '--now', `dump@${site.domain}.timer`),
  sync: syncPlaces,
  'drop-begun': async ({ domain }) => {
    await rm(noteOf(domain), { force: true });
    await syncFolder(begun);
  },
};

async function installSettings({ domain }: SiteHere): Promise<void> {
  for (const [path, text] of await readTexts(unitsIn(domain), unitsIn(domain), '.conf')) {
    const target = join(systemUnits, path);
    if (existsSync(target)) continue;
    await mkdir(dirname(target), { recursive: true });
    await writeAtomic(target, Buffer.from(text, 'latin1'));
  }
}

/** By mv: /data/import may be another disk, and what is copied there has to be on it before it gets its name. */
export async function stage(from: string, to: string, signal: AbortSignal): Promise<void> {
  const { dev } = await lstat(from);
  await rm(to, { recursive: true, force: true });
  await outputOf('mv', ['--no-target-directory', from, to], { signal });
  if ((await lstat(to)).dev !== dev) await outputOf('sync', ['--file-system', to], { signal });
}

/** Somebody may have added it since it was looked at. */
async function requireVacant(site: SiteHere): Promise<void> {
  const { domain } = site;
  const { hasData, hasUpload } = await lookAtData(domain);
  if (!hasData && !hasUpload && (await appHere(site)) === undefined) return;
  throw new FreeholdError(`${domain} was added to this host meanwhile, so it is not restored.`);
}

async function startSite({ domain, scripts, signal }: SiteHere, app: string): Promise<void> {
  // Node ignores SIGPIPE, which a script cannot take back.
  const words = ['--default-signal=PIPE', 'bash', join(scripts, 'add-site.sh'), domain, '--app', app];
  const child = spawn('env', words, { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const [code] = await once(child, 'close');
  if (code === 0) return;
  throw new FreeholdError(
    `Cannot start ${domain}: add-site.sh failed with exit code ${code}; the reason is above.`,
  );
}

/** Its data's place, and that it starts with the host. */
async function syncPlaces(): Promise<void> {
  const wants = ['multi-user.target.wants', 'timers.target.wants'].map((name) => join(systemUnits, name));
  for (const folder of [imports, '/data/domains', systemUnits, ...wants])
    if (existsSync(folder)) await syncFolder(folder);
}
