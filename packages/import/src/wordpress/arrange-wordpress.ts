// Moves an uploaded WordPress to where its site looks for it. The tree is root's by then: nobody else renames
// anything in it. Files that are not imported, such as WordPress itself, stay in a folder that only root can
// read: they may be the only copy.
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import { exists, stateOfFolder } from '../folder-state.ts';
import type { Ownership } from '../ownership.ts';
import { setOwnership } from '../set-ownership.ts';
import { asideFolder, findWordpress } from './find-wordpress.ts';

const parts = ['.htaccess', 'wp-content'] as const;
const ownNames: ReadonlySet<string> = new Set([...parts, '.env', 'login.txt']);
/** The entries of a domain's folder beside a WordPress at its top. */
const domainNames: ReadonlySet<string> = new Set(['TLS', 'mysql', 'wordpress', asideFolder]);
const core = /^(?:wp-admin|wp-includes|wp-[\w-]+\.php|index\.php|xmlrpc\.php|license\.txt|readme\.html)$/;

export interface Arranging {
  readonly ownership: Ownership;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Run again after an interruption, it completes the work. Returns whether owners and modes must be set again.
 */
export async function arrangeWordpress(
  tree: string,
  { ownership, signal, log }: Arranging,
): Promise<boolean> {
  let found = await findWordpress(tree);
  if (found === undefined) return false;
  if (found.at.length > 0 && found.at[0] !== 'wordpress' && found.at[0] !== asideFolder) {
    await setAside(tree, found.at[0] as string);
    await setOwnership(join(tree, asideFolder), { ownership, below: [asideFolder], signal });
    found = await findWordpress(tree);
  }
  if (found === undefined) throw new FreeholdError(`${tree} changed while it was being examined`);
  const { at, config, dump } = found;
  await moveDump(tree, dump);
  if (config && config.join('/') !== `${asideFolder}/wp-config.php`) {
    await mkdir(join(tree, asideFolder), { recursive: true, mode: 0o700 });
    await rename(join(tree, ...config), join(tree, asideFolder, 'wp-config.php'));
  }
  const left = await leftovers(tree, at, found.hasCore);
  for (const name of left) await setAside(tree, name, at);
  await moveParts(tree, at);
  if ((await stateOfFolder(tree, 'wordpress', 'wp-content')) !== 'full') return true;
  if (config || left.length > 0 || at[0] === asideFolder) report(left, config !== undefined, log);
  return true;
}

async function setAside(tree: string, name: string, at: readonly string[] = []): Promise<void> {
  const folder = join(tree, asideFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(join(tree, ...at, name), join(folder, name));
}

async function moveDump(tree: string, dump: readonly string[] | undefined): Promise<void> {
  if (dump === undefined) return;
  const name = /\.gz$/i.test(dump.at(-1) as string) ? 'dump.sql.gz' : 'dump.sql';
  await mkdir(join(tree, 'mysql'), { recursive: true, mode: 0o755 });
  await rename(join(tree, ...dump), join(tree, 'mysql', name));
}

/** Entries beside wp-content that are not part of the site. */
async function leftovers(tree: string, at: readonly string[], hasCore: boolean): Promise<string[]> {
  if (at[0] === asideFolder || (at.length > 0 && !hasCore)) return [];
  const keep = at.length === 0 ? new Set([...parts, ...domainNames]) : ownNames;
  return (await readdir(join(tree, ...at))).filter((name) => !keep.has(name)).sort();
}

async function moveParts(tree: string, at: readonly string[]): Promise<void> {
  if (at[0] === 'wordpress') return;
  await mkdir(join(tree, 'wordpress'), { recursive: true, mode: 0o755 });
  // wp-content moves last, since its place determines where the rest is searched.
  for (const name of parts) {
    if (await exists(join(tree, ...at, name)))
      await rename(join(tree, ...at, name), join(tree, 'wordpress', name));
  }
}

function report(left: readonly string[], hasConfig: boolean, log: Log): void {
  const others = left.filter((name) => !core.test(name));
  const own = others.length > 0 ? ` Not part of WordPress, and not served: ${others.join(', ')}.` : '';
  const what = hasConfig ? 'WordPress itself and wp-config.php come' : 'WordPress itself comes';
  log.notice(
    `Imported wp-content and .htaccess. ${what} from the image; the other uploaded files are in the folder ` +
      `${asideFolder} of the domain, which may be deleted.${own}`,
  );
}
