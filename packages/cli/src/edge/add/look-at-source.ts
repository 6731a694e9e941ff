// Sees what a source is, for add/source.ts.
import { existsSync } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { archiveEndingOf, pageFolders } from '@freehold/core/uploads';
import type { Source } from '../../add/source.ts';

/**
 * Looks at a folder or archive that a site is to be imported from.
 *
 * @param options.pagesFolder the folder of pages that the app declares, as in 'static/www-content'.
 * @throws FreeholdError `usage` for one with several folders of pages.
 */
export async function lookAtSource(
  path: string,
  { domain, pagesFolder }: { readonly domain: string; readonly pagesFolder: string | undefined },
): Promise<Source> {
  const found = await stat(path).catch(() => undefined);
  const link = await linkTarget(path);
  if (found?.isFile()) return { path, seen: { kind: 'file', ending: archiveEndingOf(path), link } };
  if (!found?.isDirectory()) return { path, seen: { kind: 'missing' } };
  const pages = pagesFolder === undefined ? undefined : await findPages(path, pagesFolder);
  const hasKey = existsSync(join(path, 'TLS', `${domain}.pem`));
  const isEmpty = (await readdir(path)).length === 0;
  const pagesLink = pages === undefined ? undefined : await linkTarget(pages);
  return { path, seen: { kind: 'folder', isEmpty, hasKey, pages, link: link ?? pagesLink } };
}

/** Where a path leads that is a symbolic link. */
async function linkTarget(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() ? realpath(path).catch(() => path) : undefined;
}

/**
 * The folder of the pages, where a source is nothing but pages. A tree has the folders that import knows; pages alone may
 * well have a folder named static.
 */
async function findPages(folder: string, pagesFolder: string): Promise<string | undefined> {
  if (hasIndex(folder)) return folder;
  if (existsSync(join(folder, pagesFolder))) return undefined;
  const found = await pagesIn(folder);
  return existsSync(join(folder, 'TLS')) && found === folder ? undefined : found;
}

/** The folder of the pages, which may lie deeper (repo-main/, public_html/); the folder itself if that is unclear. */
async function pagesIn(folder: string): Promise<string> {
  let at = folder;
  while (!hasIndex(at)) {
    const inside = pageFolders.map((name) => join(at, name)).filter(hasIndex);
    if (inside.length > 1) {
      throw new FreeholdError(
        `There are pages in ${inside.join(' ')}, but the site can have only one of these. Choose it with --from.`,
        { code: 'usage' },
      );
    }
    if (inside[0] !== undefined) return inside[0];
    const only = await onlyFolder(at);
    if (only === undefined) return folder;
    at = only;
  }
  return at;
}

function hasIndex(folder: string): boolean {
  return ['index.html', 'index.htm'].some((name) => existsSync(join(folder, name)));
}

/** The only entry, if it is a folder; hidden ones, a certificate's and those of macOS and Windows do not count. */
async function onlyFolder(folder: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only, ...others] = entries.filter(
    ({ name }) => !name.startsWith('.') && !['TLS', '__MACOSX', 'Thumbs.db'].includes(name),
  );
  return only?.isDirectory() && others.length === 0 ? join(folder, only.name) : undefined;
}
