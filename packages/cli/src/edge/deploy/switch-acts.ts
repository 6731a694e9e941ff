// The operations of a switch of versions, on this host.
import { existsSync, lstatSync } from 'node:fs';
import { readFile, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFileSystem } from '@freehold/core/sync-file-system';
import { stageFile } from '@freehold/core/write-atomic';
import type { SwitchOperation } from '../../deploy/plan-switch.ts';
import { withVersion } from '../../deploy/versions.ts';
import { hostFile } from '../host.ts';
import { requireAnswers } from './answers-here.ts';
import { requirePrograms } from './health.ts';
import { type Apps, docker, folderOf, hasImage, imagesOf, opt, type SwitchHere } from './host-here.ts';
import { runHere } from './run-here.ts';
import { dropUnfinished, noteUnfinished } from './unfinished-note.ts';
import { forgetOld } from './versions-here.ts';

/** What a switch knows beside the host. */
export interface Switch {
  readonly host: SwitchHere;
  readonly apps: Apps;
  /** This host's name. */
  readonly name: string;
  /** What the sites answered before. */
  readonly answers: ReadonlyMap<string, string>;
}

type Act = (switching: Switch, operation: SwitchOperation) => Promise<void>;

export const switchActs: Readonly<Record<SwitchOperation['act'], Act>> = {
  'note-unfinished': ({ host, name }, { version, before = '' }) =>
    noteUnfinished({ before, target: version, script: join(host.scripts, 'host/switch-version.sh'), name }),
  'tag-images': tagImages,
  'lead-to': leadTo,
  'set-up': setUp,
  'require-programs': ({ host, apps }, { version }) => requirePrograms(host, apps, version),
  'require-sites': ({ host, apps, answers }) => requireAnswers(host, apps, answers),
  'tag-databases': tagDatabases,
  remember: (_, { version }) => remember(version),
  sync: async () => {
    for (const path of [opt, hostFile]) await syncFileSystem(path);
  },
  end: dropUnfinished,
  'forget-old': ({ host }, { version, before }) =>
    forgetOld(host, before === undefined ? [version] : [version, before]),
};

const databaseImages = ({ databases }: Apps) => new Set(databases.map(({ image }) => `freehold/${image}`));

/** All but the databases' images, unless there are none yet. */
async function tagImages({ host, apps }: Switch, { version }: SwitchOperation): Promise<void> {
  const databases = databaseImages(apps);
  for (const image of await imagesOf(host, version)) {
    if (databases.has(image) && (await hasImage(host, `${image}:latest`))) continue;
    await docker(host, 'tag', `${image}:${version}`, `${image}:latest`);
  }
}

async function tagDatabases({ host, apps }: Switch, { version }: SwitchOperation): Promise<void> {
  for (const image of databaseImages(apps)) {
    if (!(await hasImage(host, `${image}:${version}`))) continue;
    await docker(host, 'tag', `${image}:${version}`, `${image}:latest`);
  }
}

/** A checkout that was put there manually is kept beside. */
async function leadTo({ host }: Switch, { version }: SwitchOperation): Promise<void> {
  const link = join(opt, 'freehold');
  if (lstatSync(link, { throwIfNoEntry: false })?.isDirectory()) {
    const aside = join(opt, 'by-hand-freehold');
    host.report(`Moving the checkout in ${link} to ${aside}`);
    await rm(aside, { recursive: true, force: true });
    await rename(link, aside);
  }
  const made = join(opt, '.freehold.new');
  await rm(made, { force: true });
  await symlink(`freehold-${version}`, made);
  await rename(made, link);
}

/** The control machine's files for this host make it a member of the cluster, or renew its certificates. */
async function setUp({ host, name }: Switch, { version }: SwitchOperation): Promise<void> {
  const keys = '/etc/freehold/deployed/cluster';
  const script = join(folderOf(version), 'scripts/setup.sh');
  const words = [name, ...(existsSync(keys) ? ['--cluster', keys] : [])];
  await runHere(host, script, words, `Version ${version} was not set up.`);
}

/** The file keeps its time: no program has to be restarted for this line. */
async function remember(version: string): Promise<void> {
  const text = await readFile(hostFile, 'utf8');
  const changed = withVersion(text, version);
  if (changed === text) return;
  const { mode, atime, mtime } = await stat(hostFile);
  const staged = await stageFile(hostFile, changed, { mode: mode & 0o7777 });
  await utimes(`${hostFile}.tmp`, atime, mtime);
  await staged.publish();
}
