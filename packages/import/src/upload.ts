// The upload for a domain in /data/import, before anything is moved.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { pageFolders } from '@freehold/core/uploads';
import type { App } from './apps/app.ts';
import { isClutter } from './archive/clutter.ts';
import { knownEndings, type Packing } from './archive/packing.ts';
import { stateOfFolder, stateOfNeed } from './folder-state.ts';
import type { Layout } from './layout.ts';
import { repackHint } from './repack-hint.ts';
import { parseUploadName } from './upload-name.ts';

export type Upload =
  | { readonly kind: 'none' }
  /** A folder with nothing in it but a TLS folder. */
  | { readonly kind: 'certificate'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'archive'; readonly path: string; readonly packing: Packing };

/** @throws FreeholdError if there is more than one, or one whose name has an unknown ending. */
export async function findUpload(layout: Layout): Promise<Upload> {
  const [first, ...others] = await findCandidates(layout);
  if (first === undefined) return { kind: 'none' };
  if (others.length > 0) {
    const paths = [first, ...others].map(({ path }) => path).join(' and ');
    throw new FreeholdError(`${paths} are all waiting to be imported. Move all but one of them away.`);
  }
  const { path, name } = first;
  if (name.kind === 'unknown') throw unknownEnding(layout, path, name.ending);
  if (name.kind === 'archive') return { kind: 'archive', path, packing: name.packing };
  const inside = (await readdir(path)).filter((one) => !isClutter([one]));
  return { kind: inside.length === 1 && inside[0] === 'TLS' ? 'certificate' : 'folder', path };
}

async function findCandidates({ domain, upload }: Layout) {
  const folder = dirname(upload);
  const entries = await readdir(folder, { withFileTypes: true });
  const candidates = entries.flatMap((entry) => {
    const name = parseUploadName(entry.name, domain, { isFolder: entry.isDirectory() });
    return name.kind === 'other' ? [] : [{ path: join(folder, entry.name), name }];
  });
  const found = await Promise.all(
    candidates.map(async (one) =>
      one.name.kind === 'folder' && (await stateOfFolder(one.path)) !== 'full' ? [] : [one],
    ),
  );
  return found.flat().sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Endings that programs give to files that are not complete yet. */
const unfinished = /[.~-]?(?:part|partial|filepart|upload|uploading|crdownload|download|tmp|temp|swp)$/;

function unknownEnding({ domain, upload }: Layout, path: string, ending: string): FreeholdError {
  const why = unfinished.test(ending)
    ? `its name looks like that of an unfinished upload. Once it is complete, rename it to ${upload}, or to ` +
      `${upload} and the ending of its format`
    : `its name ends in ${JSON.stringify(ending)}, but import accepts a folder ${domain}, or an archive with that name and the ` +
      `ending ${knownEndings}. Rename it if it is one of these, or move it away. ${repackHint(domain)}`;
  return new FreeholdError(`${path} was not imported: ${why}`.replace(/([^.])$/, '$1.'));
}

/**
 * Checks whether a tree contains everything that the app needs, and nothing that exists already.
 *
 * @throws FreeholdError stating why it must not be imported, without its subject.
 */
export async function checkFit(tree: string, { domain, home }: Layout, app: App): Promise<void> {
  if ((await stateOfNeed(tree, app.needs)) !== 'full' && !(await app.fits?.(tree))) {
    const wanted = join(...app.needs.path);
    const lacking =
      app.needs.kind === 'file' ? `it contains no ${wanted}` : `it contains nothing in ${wanted}`;
    const pages = app.servesPages
      ? `, and no index.html at its top, in its only folder or in one of ${pageFolders.join(', ')}`
      : '';
    throw new FreeholdError(`${lacking}, which ${app.name}@${domain} serves${pages}.`);
  }
  await app.check?.(tree);
  const conflicts = await findConflicts(tree, home);
  if (conflicts.length > 0) {
    throw new FreeholdError(
      `${conflicts.join(' and ')} already exists and is not overwritten. Move one of the two away.`,
    );
  }
}

/** The paths that would conflict when moving the content of one folder into another. */
export async function findConflicts(from: string, to: string): Promise<string[]> {
  const conflicts: string[] = [];
  for (const name of await readdir(from)) {
    const state = await stateOfFolder(to, name).catch(() => 'full');
    if (state === 'full') conflicts.push(join(to, name));
  }
  return conflicts;
}
