import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the locks and incomplete files of a dead git. */
export async function removeLeftovers(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.endsWith('.lock')) await rm(path, { recursive: true, force: true });
    else if (entry.isDirectory() && entry.name === 'objects') await removeUnfinishedObjects(path);
    else if (entry.isDirectory()) await removeLeftovers(path);
  }
}

async function removeUnfinishedObjects(objects: string): Promise<void> {
  for (const folder of [objects, join(objects, 'pack'), join(objects, 'info')]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const isUnfinished = /^(?:tmp_|\.tmp-|incoming-)|\.lock$/.test(name);
      if (isUnfinished) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}
