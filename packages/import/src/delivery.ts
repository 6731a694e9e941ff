// What was dropped into /data/import for a domain, before anything is moved.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { App } from './apps/app.ts';
import { checkTree } from './check-tree.ts';
import { stateOfFolder } from './folder-state.ts';
import type { Layout } from './layout.ts';

/** `certificate`: nothing but a TLS folder. */
export type DeliveryKind = 'none' | 'certificate' | 'site';

export async function kindOfDelivery(layout: Layout): Promise<DeliveryKind> {
  if ((await stateOfFolder(layout.delivery)) !== 'full') return 'none';
  const names = await readdir(layout.delivery);
  return names.length === 1 && names[0] === 'TLS' ? 'certificate' : 'site';
}

/** @throws FreeholdError if the domain's data came as an archive: creating something else would be wrong. */
export async function refuseArchive({ domain, delivery }: Layout): Promise<void> {
  const names = await readdir(dirname(delivery));
  const archive = ['.tar', '.tar.gz', '.tar.zst']
    .map((ending) => domain + ending)
    .find((name) => names.includes(name));
  if (archive === undefined) return;
  throw new FreeholdError(
    `${join(dirname(delivery), archive)} cannot be brought in by this version of import: unpack it to ${delivery}.`,
  );
}

/** @throws FreeholdError saying why the delivery may not be brought in; nothing has moved then. */
export async function checkDelivery(layout: Layout, app: App, signal: AbortSignal): Promise<void> {
  const { delivery, domain } = layout;
  if ((await stateOfFolder(delivery, ...app.data)) !== 'full') {
    const wanted = join(...app.data);
    throw new FreeholdError(
      `${delivery} was not brought in: it has nothing in ${wanted}, which ${app.name}@${domain} serves.`,
    );
  }
  await checkTree(delivery, signal);
  const conflicts = await findConflicts(delivery, layout.home);
  if (conflicts.length > 0) {
    throw new FreeholdError(
      `${delivery} was not brought in: ${conflicts.join(' and ')} is there already and is not overwritten. ` +
        'Move one of the two away.',
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
