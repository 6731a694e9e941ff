import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explained } from '@freehold/core/explain-disk';
import { syncFolder } from '@freehold/core/write-atomic';
import type { App, FirstState, Need } from './apps/app.ts';
import { removeEmptyFolder, stateOfFolder } from './folder-state.ts';
import type { Layout } from './layout.ts';
import { setOwnership } from './set-ownership.ts';

/** Creates an app's first data under a temporary name, and renames it once it is completely on disk. */
export async function createInitialState(
  layout: Layout,
  path: Need['path'],
  initial: FirstState,
): Promise<void> {
  const { domain, home } = layout;
  const target = join(home, ...path);
  const temporary = temporaryOf(layout, path);
  await explained(`Cannot create ${initial.what} in ${target}`, async () => {
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    try {
      await mkdir(temporary, 0o700);
      await initial.create(temporary, domain);
      await setOwnership(temporary, { ownership: layout, below: path, sync: true });
      if ((await stateOfFolder(home, ...path)) === 'empty') await removeEmptyFolder(target);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    for (const folder of [dirname(target), home, dirname(home)]) await syncFolder(folder);
  });
}

/** Removes incomplete files of a killed run. */
export async function discardUnfinished(layout: Layout, app: App): Promise<void> {
  if ('create' in app.initial)
    await rm(temporaryOf(layout, app.needs.path), { recursive: true, force: true });
}

function temporaryOf({ home }: Layout, [top, name]: Need['path']): string {
  return join(home, top, `.${name}.new`);
}
