// The notes of a move: small files in /data/moving/DOMAIN, the same in all versions.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SiteHere } from './site-here.ts';

export async function makeNotes({ notes }: SiteHere, folder = '.'): Promise<void> {
  await mkdir(dirname(notes), { recursive: true, mode: 0o700 });
  await mkdir(join(notes, folder), { recursive: true, mode: 0o700 });
}

export function hasNote({ notes }: SiteHere, name: string): boolean {
  return existsSync(join(notes, name));
}

/** The first line of a note; undefined if there is none. */
export async function readNote(site: SiteHere, name: string): Promise<string | undefined> {
  return (await readWhole(site, name))?.split('\n')[0];
}

/** All of a note. */
export function readWhole({ notes }: SiteHere, name: string): Promise<string | undefined> {
  return readFile(join(notes, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

export async function writeNote({ notes }: SiteHere, name: string, line: string): Promise<void> {
  await writeFile(join(notes, name), `${line}\n`);
}

/** Gone at once, whatever becomes of the deleting. */
export async function dropNotes({ notes }: SiteHere): Promise<void> {
  const dropped = join(dirname(notes), `.${basename(notes)}`);
  await rm(dropped, { recursive: true, force: true });
  if (existsSync(notes)) await rename(notes, dropped);
  await rm(dropped, { recursive: true, force: true });
}
