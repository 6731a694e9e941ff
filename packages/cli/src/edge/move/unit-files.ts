// Settings of the site's own units, and what only systemd knows of it: noted to be sent, installed, and removed again.

import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { writeAtomic } from '@freehold/core/write-atomic';
import { settingsToInstall } from '../../move/unit-settings.ts';
import { runProgram } from '../run-program.ts';
import { makeNotes, readWhole } from './notes.ts';
import { type SiteHere, systemctl, systemUnits } from './site-here.ts';

/** What the other end gets: sent/units with the drop-ins, and sent/dumped if the site is dumped every night. */
export async function noteUnits(site: SiteHere): Promise<void> {
  const { notes, domain, signal } = site;
  await rm(join(notes, 'sent'), { recursive: true, force: true });
  await makeNotes(site, 'sent/units');
  for (const folder of await settingFolders(domain)) {
    await cp(join(systemUnits, folder), join(notes, 'sent/units', folder), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  const { code } = await runProgram('systemctl', ['is-enabled', '--quiet', `dump@${domain}.timer`], {
    signal,
  });
  if (code === 0) await writeFile(join(notes, 'sent/dumped'), '');
}

/** Not all that begin with the name: example.com.au begins with example.com. */
export async function settingFolders(domain: string): Promise<string[]> {
  const names = await readdir(systemUnits);
  return names.filter((name) => {
    const [, instance, kind] = /^[^@]*@(.*)\.(service|timer|path|socket)\.d$/.exec(name) ?? [];
    return kind !== undefined && instance === domain;
  });
}

const sentUnits = ({ notes, domain }: SiteHere) => join(notes, 'tree/moving', domain, 'sent/units');

/** Installs the settings that are not here, all or none, and notes which those are. */
export async function installUnits(site: SiteHere): Promise<void> {
  const sent = await readFiles(sentUnits(site));
  const here = new Map<string, string>();
  for (const path of sent.keys()) {
    const found = join(systemUnits, path);
    if (existsSync(found)) here.set(path, await readFile(found, 'utf8'));
  }
  const missing = settingsToInstall(site.domain, sent, here);
  for (const path of missing) {
    await appendFile(join(site.notes, 'installed'), `${path}\n`);
    await mkdir(dirname(join(systemUnits, path)), { recursive: true });
    await writeAtomic(join(systemUnits, path), sent.get(path) ?? '');
  }
  if (missing.length > 0) await systemctl(site, 'daemon-reload');
}

/** Removes what this move has installed, unless somebody has changed it since. */
export async function removeInstalled(site: SiteHere): Promise<void> {
  const installed = ((await readWhole(site, 'installed')) ?? '').split('\n').filter((path) => path !== '');
  const sent = await readFiles(sentUnits(site));
  for (const path of installed) {
    const file = join(systemUnits, path);
    if ((await readFile(file, 'utf8').catch(() => undefined)) !== sent.get(path)) continue;
    await rm(file, { force: true });
    await rmdir(dirname(file)).catch(() => undefined);
  }
}

/** The texts of the files *.conf below a folder, by their paths. No link in it is followed. */
async function readFiles(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.conf'));
  const texts = new Map<string, string>();
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    texts.set(relative(folder, path), await readFile(path, 'utf8'));
  }
  return texts;
}
