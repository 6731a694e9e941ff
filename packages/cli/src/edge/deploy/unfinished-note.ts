// The note of a switch that is not finished, on this host: see deploy/unfinished.ts.
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';
import { formatUnfinished, parseBefore, type Unfinished } from '../../deploy/unfinished.ts';
import { readIfThere } from './versions-here.ts';

const unit = '/etc/systemd/system/freehold-unfinished.service';
const wanted = '/etc/systemd/system/multi-user.target.wants/freehold-unfinished.service';

export async function versionBeforeUnfinished(): Promise<string | undefined> {
  return parseBefore(await readIfThere(unit));
}

/** On disk when it returns. systemd is not reloaded, as the unit is for the next start alone. */
export async function noteUnfinished(note: Unfinished): Promise<void> {
  await writeAtomic(unit, formatUnfinished(note));
  await mkdir(dirname(wanted), { recursive: true });
  await rm(wanted, { force: true });
  await symlink(unit, wanted);
  await syncFolder(dirname(wanted));
}

export async function dropUnfinished(): Promise<void> {
  if (!existsSync(unit)) return;
  for (const path of [wanted, unit]) {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  }
}
