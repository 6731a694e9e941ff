import { rename } from 'node:fs/promises';
import { deleteEmptyFolders } from './look.ts';

/** Renames data to where import finds it. An interrupted run may have left folders without any file there. */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  await deleteEmptyFolders(to);
  await rename(from, to);
}
