// Moves an archive's content to where the site's app looks for it. Tools pack a site below a single folder
// (repo-main/), or only its pages, often in a separate folder (public_html/, _site/).
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { pageFolders } from '@freehold/core/uploads';
import type { App } from '../apps/app.ts';
import { exists, stateOfFolder, stateOfNeed } from '../folder-state.ts';
import type { Layout } from '../layout.ts';
import { setOwnership } from '../set-ownership.ts';
import { isClutter } from './clutter.ts';

/** What a tree contains, and the path to it: everything that the app needs, or only the pages. */
export type Arrangement =
  | { readonly kind: 'tree' | 'pages'; readonly at: readonly string[] }
  | { readonly kind: 'unknown' };

const maxDepth = 8;

/** @throws FreeholdError if pages are in several places, and none takes precedence. */
export async function findArrangement(
  root: string,
  app: App,
  at: readonly string[] = [],
): Promise<Arrangement> {
  const folder = join(root, ...at);
  if ((await stateOfNeed(folder, app.needs)) === 'full') return { kind: 'tree', at };
  if (app.servesPages) {
    if (await hasIndex(folder)) return { kind: 'pages', at };
    const found = await findPageFolder(folder);
    if (found !== undefined) return { kind: 'pages', at: [...at, found] };
  }
  const only = await onlyFolder(folder);
  if (only === undefined || at.length >= maxDepth) return { kind: 'unknown' };
  return findArrangement(root, app, [...at, only]);
}

async function hasIndex(folder: string): Promise<boolean> {
  return (await exists(join(folder, 'index.html'))) || (await exists(join(folder, 'index.htm')));
}

async function findPageFolder(folder: string): Promise<string | undefined> {
  const names = new Set((await foldersIn(folder)).map(({ name }) => name));
  const found: string[] = [];
  for (const name of pageFolders)
    if (names.has(name) && (await hasIndex(join(folder, name)))) found.push(name);
  if (found.length > 1) {
    throw new FreeholdError(
      `it contains pages in ${found.join(' and ')}, and only one of these can be the site.`,
    );
  }
  return found[0];
}

async function foldersIn(folder: string) {
  return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
}

/** The only folder in the tree, apart from a certificate and hidden folders. */
async function onlyFolder(folder: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only, ...others] = entries.filter(
    ({ name }) => name !== 'TLS' && !name.startsWith('.') && !isClutter([name]),
  );
  return only?.isDirectory() && others.length === 0 ? only.name : undefined;
}

/**
 * Moves an unpacked tree, or its pages, to the right place. The rest stays in the domain's folder, which is
 * not served.
 *
 * @returns a sentence for the log, if something was moved.
 * @throws FreeholdError, without its subject.
 */
export async function arrange(
  root: string,
  app: App,
  { layout, signal }: { layout: Layout; signal: AbortSignal },
): Promise<string | undefined> {
  const found = await findArrangement(root, app);
  if (found.kind === 'unknown' || (found.kind === 'tree' && found.at.length === 0)) return undefined;
  const temporary = join(root, '.freehold-arranged');
  await setAside(root, found.at, { temporary, certificate: `${layout.domain}.pem` });
  const where = found.at.length > 0 ? ` in ${found.at.join('/')}` : '';
  if (found.kind === 'tree') {
    await spread(temporary, root);
    await setOwnership(root, { ownership: layout, signal });
    return `The archive contains the site${where}; all of it was moved up.`;
  }
  const target = join(root, ...app.needs.path);
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  if ((await stateOfFolder(target)) === 'empty') await rmdir(target);
  await rename(temporary, target);
  const [top] = app.needs.path;
  await setOwnership(join(root, top), { ownership: layout, below: [top], signal });
  return `The archive contains its pages${where}; they are now in ${app.needs.path.join('/')}.`;
}

/**
 * Moves a folder below the root to a temporary name; from the root itself, everything but the site's
 * certificate.
 */
async function setAside(
  root: string,
  at: readonly string[],
  { temporary, certificate }: { temporary: string; certificate: string },
): Promise<void> {
  if (at.length > 0) {
    await rename(join(root, ...at), temporary);
    for (let depth = at.length - 1; depth > 0; depth -= 1) {
      await rmdir(join(root, ...at.slice(0, depth))).catch(() => undefined);
    }
    return;
  }
  const isKey = (await exists(join(root, 'TLS', certificate))) ? 'TLS' : undefined;
  const names = (await readdir(root)).filter((name) => name !== isKey);
  await mkdir(temporary, 0o755);
  for (const name of names) await rename(join(root, name), join(temporary, name));
}

/** Moves the content of a folder into another one. */
async function spread(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (await exists(join(to, name))) {
      throw new FreeholdError(`it contains ${name} both at its top and in the folder of the site.`);
    }
    await rename(join(from, name), join(to, name));
  }
  await rmdir(from);
}

/** @throws FreeholdError, without its subject, if one of the domain's own folders is a symbolic link. */
export async function refuseLinksAtTop(root: string): Promise<void> {
  const link = (await readdir(root, { withFileTypes: true })).find((entry) => entry.isSymbolicLink());
  if (link) throw new FreeholdError(`"${link.name}" in it is a symbolic link instead of a folder.`);
}
