import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assertDiskReserve } from '@freehold/core/disk-reserve';
import { reasonOf } from '@freehold/core/error';
import { refuse } from './refusal.ts';

/** How often the disk is looked at, in milliseconds. */
const everyMs = 500;

export interface DiskWatch {
  /** A repository, to which the work adds files of objects. */
  readonly repository: string;
  /** In bytes; undefined for the default of the disk. */
  readonly reserve: number | undefined;
  /** How much the work may add; undefined for as much as the disk has room for. */
  readonly maxBytes?: number | undefined;
}

/**
 * Runs work that writes objects whose size nobody knows beforehand. It is aborted before it uses the disk's reserve, or
 * more than it may.
 *
 * @throws FreeholdError for a commit that is too large; whatever the work throws.
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
    // What disappears while it is looked at is looked at again.
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

/** How much a repository's files of objects take, also unfinished ones, in bytes. */
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
