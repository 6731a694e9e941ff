import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@freehold/core/write-atomic';

/** Renames durably, even between two folders. */
export async function move(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
}
