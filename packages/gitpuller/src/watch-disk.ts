import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { reasonOf } from '@freehold/core/error';
import { refuse } from './refusal.ts';

/** The interval at which the disk is checked, in milliseconds. */
const everyMs = 500;

export interface DiskWatch {
  /** A repository to which the work adds object files. */
  readonly repository: string;
  /** In bytes; undefined for the disk's default. */
  readonly reserve: number | undefined;
  /** How much the work may add; undefined for as much as fits on the disk. */
  readonly maxBytes?: number | undefined;
}

/**
 * Runs work that writes objects of unknown total size. It is aborted before it uses the disk's reserve, or
 * more than its limit.
 *
 * @throws FreeholdError for a commit that is too large; any error of the work.
 */
export async function withDiskWatch<T>(
  watch: DiskWatch,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { repository, reserve } = watch;
  await assertDiskReserve({ path: repository, reserve });
  const before = await sizeOfPacks(repository);
  const [tooMuch, isDone] = [new AbortController(), new AbortController()];
  const watching = watchUntil(isDone.signal, async () => {
    const added = (await sizeOfPacks(repository)) - before;
    const fault = await findFault(watch, added);
    if (fault) tooMuch.abort(fault);
  });
  try {
    return await work(tooMuch.signal);
  } finally {
    isDone.abort();
    await watching;
  }
}

async function watchUntil(done: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!done.aborted) {
    await delay(everyMs, undefined, { signal: done }).catch(() => undefined);
    // If something disappears during the measurement, it is repeated.
    if (!done.aborted) await look().catch(() => undefined);
  }
}

async function findFault({ repository, reserve, maxBytes }: DiskWatch, added: number) {
  if (maxBytes !== undefined && added > maxBytes) {
    return refuse(
      `its commit is larger than ${maxBytes / 1e6} MB. Make the site smaller, or raise FREEHOLD_GIT_MAX_MB`,
    );
  }
  const reason = await assertDiskReserve({ path: repository, reserve }).then(() => undefined, reasonOf);
  return reason === undefined ? undefined : refuse(reason, { neededBytes: added });
}

/** The size of a repository's object files, including unfinished ones, in bytes. */
export async function sizeOfPacks(repository: string): Promise<number> {
  const folder = join(repository, 'objects/pack');
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
