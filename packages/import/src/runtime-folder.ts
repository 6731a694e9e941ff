// The folder of what can be made again, for a program that may write there and nowhere else.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Owner, root } from './owners.ts';
import { tendFolder } from './tend-files.ts';

/** Sees to it that the folder `name` is there in a domain's runtime folder, and belongs to its program. */
export async function keepRuntimeFolder(runtime: string, name: string, owner: Owner): Promise<void> {
  // Nobody but root can list which domains there are.
  await mkdir(dirname(runtime), { recursive: true, mode: 0o711 });
  await mkdir(join(runtime, name), { recursive: true, mode: 0o755 });
  await tendFolder(runtime, { owner: root, mode: 0o755 });
  await tendFolder(join(runtime, name), { owner, mode: 0o755 });
}
