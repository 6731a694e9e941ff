// What there is of a site on this host, for its removal and for the list of what is left of it.
import { existsSync, lstatSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { isUploadFor } from '@freehold/core/uploads';
import { describeLeftovers, isMovedCopy, mentions } from '../../remove/leftovers.ts';
import { listKeys } from '../etcd.ts';
import { isMember, type SiteHere, systemUnits } from '../move/site-here.ts';
import { settingFolders } from '../move/unit-files.ts';
import { enabledUnits, showUnits } from '../systemd.ts';
import { besideOf } from './delete-path.ts';

export const certificateOf = (domain: string) => `/data/runtime/haproxy/approved-certs/${domain}.pem`;

/** Of each app, as it may be one that the domain had before: units that run, have failed, or start with the host. */
export async function unitsToStop({ host, domain, signal }: SiteHere): Promise<string[]> {
  const units = [...host.apps.keys()].map((app) => `${app}@${domain}.service`);
  const [enabled, shown] = await Promise.all([enabledUnits(), showUnits(units, ['ActiveState'], signal)]);
  const isOn = (unit: string) => (shown.get(unit)?.get('ActiveState') ?? 'inactive') !== 'inactive';
  return units.filter((unit) => enabled.includes(unit) || isOn(unit));
}

/** Paths that exist and can be recreated. */
export function runtimePaths(domain: string): string[] {
  const folder = `/data/runtime/domains/${domain}`;
  const others = [`/data/runtime/import/${domain}.prepared`, `/run/freehold/senders/${domain}`];
  // What an interrupted removal has put aside is deleted too.
  const aside = [folder, `/data/domains/${domain}`].map(besideOf);
  return [...aside, folder, ...others].filter(exists);
}

/** Small notes about the site, of which nothing is printed. */
export function notePaths(domain: string): string[] {
  return [
    ...['containers', 'drain', 'import'].map((name) => `/run/freehold/${name}/${domain}`),
    `/data/acme/sites/${domain}.json`,
    ...['status', 'requests', 'asked'].map((name) => `/data/acme/${name}/${domain}`),
  ];
}

/** Paths that belong to the site alone, by what they are. */
export interface OwnPaths {
  readonly data: readonly string[];
  readonly uploads: readonly string[];
  readonly moved: readonly string[];
  readonly settings: readonly string[];
}

export async function ownPaths(domain: Domain): Promise<OwnPaths> {
  const inFolder = async (folder: string, isOwn: (name: string) => boolean) =>
    (await readdir(folder).catch(() => []))
      .filter(isOwn)
      .sort()
      .map((name) => join(folder, name));
  return {
    data: [`/data/domains/${domain}`].filter(exists),
    uploads: await inFolder('/data/import', (name) => isUploadFor(name, domain)),
    moved: await inFolder('/data/moved', (name) => isMovedCopy(domain, name)),
    settings: (await settingFolders(domain)).map((name) => join(systemUnits, name)),
  };
}

/** What an interrupted add-site.sh or restore has left. */
export async function unfinishedPaths(domain: Domain): Promise<string[]> {
  const names = await readdir('/data/import').catch(() => []);
  const added = names.filter(
    (name) => name.startsWith('.add-') && isUploadFor(name.slice('.add-'.length), domain),
  );
  return [...added.map((name) => join('/data/import', name)), `/data/restoring/begun/${domain}`].filter(
    exists,
  );
}

/** In lines, each with the command that removes it. */
export async function lookForLeftovers(
  site: SiteHere,
  own: OwnPaths,
  { elsewhere, linked, mounted }: Readonly<Record<'elsewhere' | 'linked' | 'mounted', readonly string[]>>,
): Promise<string[]> {
  const { domain } = site;
  const certificates = elsewhere.length > 0 ? [] : [certificateOf(domain)].filter(exists);
  return describeLeftovers({
    domain,
    ...own,
    certificates,
    linked: linked.filter(existsSync),
    mounted,
    moving: [site.notes].filter(exists),
    forwards: await forwardsOf(site),
    mailFiles: await mailFiles(domain),
    isMember: isMember(site),
  });
}

/** They are in etcd, for all hosts that share it. */
async function forwardsOf({ host, domain, signal }: SiteHere): Promise<string[] | undefined> {
  const prefix = `/mail/${domain}/`;
  try {
    return (await listKeys(host.settings, prefix, signal)).map((key) => key.slice(prefix.length));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function mailFiles(domain: string): Promise<string[]> {
  const files = ['forwards', 'destinations'].map((name) => `/data/runtime/postfix/${name}.local`);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return files.filter((_, index) => mentions(texts[index] ?? '', domain));
}

/** Also a symbolic link to nothing. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
