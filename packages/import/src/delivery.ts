// What was dropped into /data/import for a domain, before anything is moved.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { App } from './apps/app.ts';
import { type Packing, packingOf } from './archive/packing.ts';
import { stateOfFolder, stateOfNeed } from './folder-state.ts';
import type { Layout } from './layout.ts';

export type Delivery =
  | { readonly kind: 'none' }
  /** A folder with nothing in it but a TLS folder. */
  | { readonly kind: 'certificate' }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'archive'; readonly path: string; readonly packing: Packing };

/** @throws FreeholdError if there is more than one, as nobody can know which is meant. */
export async function findDelivery({ domain, delivery }: Layout): Promise<Delivery> {
  const folder = dirname(delivery);
  const names = await readdir(folder);
  const waiting = names.filter((name) => packingOf(name, domain) !== undefined).sort();
  if ((await stateOfFolder(delivery)) === 'full') waiting.unshift(domain);
  const [name, ...others] = waiting;
  if (name === undefined) return { kind: 'none' };
  if (others.length > 0) {
    const paths = waiting.map((one) => join(folder, one)).join(' and ');
    throw new FreeholdError(`${paths} both wait to be brought in: move all but one of them away.`);
  }
  const path = join(folder, name);
  const packing = packingOf(name, domain);
  if (packing !== undefined) return { kind: 'archive', path, packing };
  const inside = await readdir(path);
  return inside.length === 1 && inside[0] === 'TLS' ? { kind: 'certificate' } : { kind: 'folder', path };
}

/**
 * Looks whether a tree has what the app needs, and nothing that is there already.
 *
 * @throws FreeholdError saying why it may not be brought in, without its subject.
 */
export async function checkFit(tree: string, { domain, home }: Layout, app: App): Promise<void> {
  if ((await stateOfNeed(tree, app.needs)) !== 'full' && !(await app.fits?.(tree))) {
    const wanted = join(...app.needs.path);
    const lacking = app.needs.kind === 'file' ? `it has no ${wanted}` : `it has nothing in ${wanted}`;
    throw new FreeholdError(`${lacking}, which ${app.name}@${domain} serves.`);
  }
  await app.check?.(tree);
  const conflicts = await findConflicts(tree, home);
  if (conflicts.length > 0) {
    throw new FreeholdError(
      `${conflicts.join(' and ')} is there already and is not overwritten. Move one of the two away.`,
    );
  }
}

/** What stands in the way of moving all of one folder into another, by its path. */
export async function findConflicts(from: string, to: string): Promise<string[]> {
  const conflicts: string[] = [];
  for (const name of await readdir(from)) {
    const state = await stateOfFolder(to, name).catch(() => 'full');
    if (state === 'full') conflicts.push(join(to, name));
  }
  return conflicts;
}
