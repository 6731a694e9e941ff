// The folder of data that can be recreated, for a program that may write only there.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { correctFolder } from './correct-files.ts';
import { type Owner, root } from './owners.ts';

/** Makes sure that the folder `name` exists in a domain's runtime folder and belongs to its program. */
export async function keepRuntimeFolder(runtime: string, name: string, owner: Owner): Promise<void> {
  // Only root can list which domains exist.
  await mkdir(dirname(runtime), { recursive: true, mode: 0o711 });
  await mkdir(join(runtime, name), { recursive: true, mode: 0o755 });
  await correctFolder(runtime, { owner: root, mode: 0o755 });
  await correctFolder(join(runtime, name), { owner, mode: 0o755 });
}
