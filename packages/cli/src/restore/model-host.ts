// A host that a backup is restored to as a model, for tests: what it has of each site, and what is left after a power loss.
import type { BackedUpSite } from './backup-contents.ts';
import type { HostOperation } from './host-settings.ts';
import type { Backup } from './run-restore.ts';
import type { SiteOperation } from './site.ts';

/** Data of a site: whose it is, and whether all of it is there. */
export interface ModelData {
  readonly of: 'backup' | 'operator' | 'nobody';
  readonly isWhole: boolean;
}

export interface ModelSite {
  data?: ModelData | undefined;
  /** In /data/import. */
  upload?: ModelData | undefined;
  /** Under a hidden name there. */
  staged?: ModelData | undefined;
  running?: string | undefined;
  enabled?: string | undefined;
  isDumped: boolean;
  readonly settings: Map<string, string>;
  /** Its settings as systemd has read them. */
  loaded: Map<string, string>;
  isBegun: boolean;
  isMoving: boolean;
}

export type Disk = 'data' | 'etc';

export interface ModelHost {
  readonly sites: Map<string, ModelSite>;
  /** Hosts of the same etcd that know a domain. */
  readonly elsewhere: Map<string, string[]>;
  isEtcdAway: boolean;
  readonly forwards: Map<string, string>;
  readonly files: Map<string, string>;
  secrets: string;
  /** The secrets that postfix has read. */
  secretsInUse: string;
  isRestartDue: boolean;
  environment: string;
  /** What takes back changes that are not on disk yet: /data and /etc may be two disks. */
  readonly unsynced: { readonly disk: Disk; readonly undo: () => void }[];
}

export const settingsOf = (domain: string): ReadonlyMap<string, string> =>
  new Map([
    [`static@${domain}.service.d/limits.conf`, '[Service]'],
    [`static@${domain}.service.d/own.conf`, '[Unit]'],
  ]);

/** The backup of these tests; d.test has an upload and no folder. */
export const backup: Backup & { readonly environment: string; readonly secrets: string } = {
  sites: [
    { name: 'a.test', app: 'static' },
    { name: 'b.test', app: undefined },
    { name: 'c.test', app: 'wordpress' },
  ],
  forwards: ['a.test', 'd.test'].map((domain) => ({
    ...{ domain, local: 'info', key: `/mail/${domain}/info`, value: '["me@x.test"]' },
  })),
  uploads: ['d.test.zip'],
  environment: 'FREEHOLD_HOST=old.test\nFREEHOLD_OPERATOR=me@x.test\n',
  secrets: 'before\n',
};

export function makeHost(): ModelHost {
  return {
    ...{ sites: new Map(), elsewhere: new Map(), isEtcdAway: false, forwards: new Map(), files: new Map() },
    ...{ secrets: 'new\n', secretsInUse: 'new\n', isRestartDue: false, unsynced: [] },
    environment: 'FREEHOLD_HOST=h1.test\n',
  };
}

export function siteOf(host: ModelHost, name: string): ModelSite {
  const site = host.sites.get(name) ?? {
    ...{ isDumped: false, settings: new Map(), loaded: new Map(), isBegun: false, isMoving: false },
  };
  host.sites.set(name, site);
  return site;
}

/** All of it on disk at once: each file is written atomically. */
export function changeHost(host: ModelHost, operation: HostOperation): void {
  switch (operation.act) {
    case 'install':
      host.files.set(operation.file.to, 'account');
      return;
    case 'note-restart':
      host.isRestartDue = true;
      return;
    case 'append-secrets':
      host.secrets += backup.secrets;
      return;
    case 'restart-postfix':
      host.secretsInUse = host.secrets;
      return;
    case 'drop-restart-note':
      host.isRestartDue = false;
      return;
    case 'add-settings':
      host.environment += operation.lines.map((line) => `${line}\n`).join('');
      return;
  }
}

const whole: ModelData = { of: 'backup', isWhole: true };

/** @param isCut the operation is cut off in its middle, if it has one. */
export function changeSite(
  host: ModelHost,
  { name, app = '' }: BackedUpSite,
  operation: SiteOperation,
  isCut: boolean,
): void {
  const site = siteOf(host, name);
  const later = (disk: Disk, undo: () => void) => void host.unsynced.push({ disk, undo });
  switch (operation) {
    case 'note-begun':
      site.isBegun = true;
      return;
    case 'install-settings':
      for (const [path, text] of [...settingsOf(name)].slice(0, isCut ? 1 : undefined))
        site.settings.set(path, text);
      return;
    case 'reload-units':
      site.loaded = new Map(site.settings);
      return;
    case 'stage-data':
      site.staged = { ...whole, isWhole: !isCut };
      return;
    case 'require-vacant':
      if (site.data ?? site.upload ?? site.enabled ?? site.running)
        throw new Error(`${name} was added here meanwhile.`);
      return;
    case 'place-data':
      later('data', () => Object.assign(site, { upload: undefined, staged: undefined }));
      Object.assign(site, { upload: site.staged, staged: undefined });
      return;
    case 'start-site':
      startSite(host, site, app);
      return;
    case 'enable-dump':
      site.isDumped = true;
      later('etc', () => Object.assign(site, { isDumped: false }));
      return;
    case 'sync':
      host.unsynced.splice(0);
      return;
    case 'drop-begun':
      site.isBegun = false;
      return;
  }
}

/** Its start imports what waits for it. */
function startSite({ unsynced }: ModelHost, site: ModelSite, app: string): void {
  const { data, upload, enabled } = site;
  if (!data && !upload) throw new Error('There is nothing to start.');
  if (upload && !data) Object.assign(site, { data: upload, upload: undefined });
  unsynced.push({ disk: 'data', undo: () => Object.assign(site, { data, upload }) });
  unsynced.push({ disk: 'etc', undo: () => Object.assign(site, { enabled }) });
  Object.assign(site, { running: app, enabled: app });
}

/** The host loses power and starts again: what was not on these disks is as before, and enabled sites start. */
export function losePower(host: ModelHost, disks: readonly Disk[]): void {
  for (const { disk, undo } of host.unsynced.splice(0).reverse()) if (disks.includes(disk)) undo();
  host.secretsInUse = host.secrets;
  for (const site of host.sites.values()) {
    site.loaded = new Map(site.settings);
    site.running = site.enabled;
    if (!site.running || site.data) continue;
    // Where nothing waits to be imported, import creates a new site.
    Object.assign(site, { data: site.upload ?? { of: 'nobody', isWhole: true }, upload: undefined });
  }
}
