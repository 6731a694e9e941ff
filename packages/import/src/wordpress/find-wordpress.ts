// Finds the WordPress in an uploaded tree: in wordpress/, as in a domain's folder, or a complete installation
// at the top or in a separate folder, as it was at another provider.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { isClutter } from '../archive/clutter.ts';
import { stateOfFolder } from '../folder-state.ts';
import { dumpFile, packedDumpFile } from './dump-file.ts';

export interface FoundWordpress {
  /** The path of the folder that contains wp-content. */
  readonly at: readonly string[];
  /** Whether WordPress itself is included, which the image provides. */
  readonly hasCore: boolean;
  readonly config: readonly string[] | undefined;
  readonly dump: readonly string[] | undefined;
}

const coreNames: ReadonlySet<string> = new Set([
  'wp-admin',
  'wp-includes',
  'wp-load.php',
  'wp-settings.php',
  'wp-config.php',
]);
/** Folders with a meaning of their own, in which no WordPress is searched. */
const otherNames: ReadonlySet<string> = new Set([
  'TLS',
  'mysql',
  'wp-content',
  'wp-admin',
  'wp-includes',
  '__MACOSX',
]);
const maxDepth = 3;

/** The folder for uploaded files that are not imported. */
export const asideFolder = 'not-imported';

/** @throws FreeholdError, without its subject, if there are several of something of which a site has one. */
export async function findWordpress(tree: string): Promise<FoundWordpress | undefined> {
  const at = await findFolder(tree);
  if (at === undefined) return undefined;
  const names = await namesIn(tree, at);
  return {
    at,
    hasCore: names.some((name) => coreNames.has(name)) || (await namesIn(tree, [asideFolder])).length > 0,
    config: await findConfig(tree, at),
    dump: await findUploaded(tree, at),
  };
}

async function findFolder(tree: string): Promise<readonly string[] | undefined> {
  if ((await stateOfFolder(tree, 'wordpress', 'wp-content')) === 'full') return ['wordpress'];
  if ((await stateOfFolder(tree, 'wp-content')) === 'full') return [];
  const found = await findComplete(tree, []);
  if (found.length > 1) {
    const list = found.map((names) => names.join('/')).join(' and ');
    throw new FreeholdError(`it contains a WordPress in ${list}, but a site has one. Upload only that one`);
  }
  return found[0];
}

async function findComplete(tree: string, at: readonly string[]): Promise<(readonly string[])[]> {
  const names = await namesIn(tree, at);
  // If a WordPress is being moved to its place, wp-content moves last.
  const isAside = at[0] === asideFolder;
  const isComplete = isAside || names.some((name) => coreNames.has(name));
  if (at.length > 0 && names.includes('wp-content') && isComplete) {
    return (await stateOfFolder(tree, ...at, 'wp-content')) === 'full' ? [at] : [];
  }
  if (at.length === maxDepth + (isAside ? 1 : 0)) return [];
  const entries = await readdir(join(tree, ...at), { withFileTypes: true });
  const inside: (readonly string[])[] = [];
  for (const entry of entries)
    if (entry.isDirectory() && !otherNames.has(entry.name))
      inside.push(...(await findComplete(tree, [...at, entry.name])));
  return inside;
}

/** WordPress also reads its wp-config.php from the parent folder. */
async function findConfig(tree: string, at: readonly string[]): Promise<readonly string[] | undefined> {
  for (const folder of [at, at.slice(0, -1)])
    if ((await namesIn(tree, folder)).includes('wp-config.php')) return [...folder, 'wp-config.php'];
  return undefined;
}

async function findUploaded(tree: string, at: readonly string[]): Promise<readonly string[] | undefined> {
  const inPlace = await namesIn(tree, ['mysql']);
  const standard = [dumpFile, packedDumpFile].find(([, name]) => inPlace.includes(name));
  if (standard) return standard;
  const folders = [...new Map([[], ['mysql'], at].map((names) => [names.join('/'), names])).values()];
  const found: string[][] = [];
  for (const folder of folders)
    for (const name of await namesIn(tree, folder))
      if (/^[^.].*\.sql(?:\.gz)?$/i.test(name)) found.push([...folder, name]);
  if (found.length > 1) {
    const list = found.map((names) => names.join('/')).join(' and ');
    throw new FreeholdError(
      `it contains several dumps, ${list}. Keep the one of the site's database, or rename it to mysql/dump.sql`,
    );
  }
  if (found[0] === undefined) await refuseUnknownDump(tree, folders);
  return found[0];
}

/** Without it, a new WordPress would take the place of the site. */
async function refuseUnknownDump(tree: string, folders: readonly (readonly string[])[]): Promise<void> {
  for (const folder of folders) {
    const names = (await namesIn(tree, folder)).filter((name) => !name.startsWith('.') && !isClutter([name]));
    const unknown = names.find((name) => folder[0] === 'mysql' || /\.sql\.\w+$/i.test(name));
    if (unknown === undefined) continue;
    throw new FreeholdError(
      `${[...folder, unknown].join('/')} is not a dump that import can read. Unpack it and upload it as mysql/dump.sql or mysql/dump.sql.gz`,
    );
  }
}

async function namesIn(tree: string, names: readonly string[]): Promise<string[]> {
  try {
    return (await readdir(join(tree, ...names))).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
