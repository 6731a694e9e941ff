// What the operations of a run know of the site that is added.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { assertDiskReserve, diskReserveSettings } from '@freehold/core/disk-reserve';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { readSettings } from '@freehold/core/settings';
import type { AddNames } from '../../add/run-add.ts';
import type { Importable } from '../../add/source.ts';
import type { Call } from '../../command.ts';
import type { Host } from '../host.ts';
import { type Lock, takeLock } from '../move/lock.ts';
import { importFolder } from './look.ts';

export interface Adding {
  readonly domain: Domain;
  readonly app: string;
  readonly host: Host;
  readonly call: Call;
  /** What is imported from the source. */
  readonly importable: Importable | undefined;
  /** The repository's address, and the file that the app declares for it, as in 'static-git/GITURL'. */
  readonly address: { readonly text: string; readonly file: string } | undefined;
  readonly names: AddNames;
  /** What is new in /data/import: the domain's folder, or its archive. */
  readonly top: string;
  /** Where the source itself goes: that, or the folder of pages in it. */
  readonly target: string;
  /** A copy that is not complete yet, under a hidden name in /data/import. */
  readonly copy: string;
  report(sentence: string, kind?: 'failure'): void;
  /** What this run has done so far. */
  readonly done: { isPlaced: boolean; sourceState: string };
}

/**
 * A name in /data/import that import ignores, for what is not complete yet, or not any more.
 *
 * @param number that of the process which it belongs to.
 */
export function hiddenPath(domain: Domain, number: number): string {
  return `${importFolder}/.${domain}.${number}`;
}

/**
 * Deletes what runs have left under hidden names that were killed, or lost power. This run has none yet: one with its number
 * is left too.
 */
export async function deleteStaleCopies(domain: Domain): Promise<void> {
  for (const name of await readdir(importFolder).catch(() => [])) {
    const number = Number(/\.(\d+)$/.exec(name)?.[1]);
    const path = `${importFolder}/${name}`;
    if (path !== hiddenPath(domain, number)) continue;
    const isRunning = number !== process.pid && existsSync(`/proc/${number}`);
    if (!isRunning) await rm(path, { recursive: true, force: true });
  }
}

/**
 * One run at a time adds or removes a site, or takes data for it, from whichever control machine.
 *
 * @throws FreeholdError if another one does.
 */
export async function holdDomain(domain: Domain, signal: AbortSignal): Promise<Lock> {
  const lock = await takeLock(`/run/freehold-adding-${domain}.lock`, 5, signal);
  if (lock) return lock;
  throw new FreeholdError(
    `Another run is adding ${domain} to this host, or removing it. Run this again when it has ended.`,
  );
}

/**
 * Makes /data/import, and checks whether so many bytes may be written there.
 *
 * @throws FreeholdError if its disk has no room for them.
 */
export async function prepareDisk({ env }: Host, bytes: number): Promise<void> {
  await mkdir(importFolder, { recursive: true });
  const { FREEHOLD_DISK_RESERVE_MB: megabytes } = readSettings(diskReserveSettings, env);
  const reserve = megabytes === undefined ? undefined : megabytes * 1e6;
  await assertDiskReserve({ path: importFolder, needed: bytes, reserve });
}
