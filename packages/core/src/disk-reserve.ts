// Keeps part of each disk free for the host: a full disk stops etcd, the databases and the journal of all
// sites.
import { statfs } from 'node:fs/promises';
import { FreeholdError } from './error.ts';
import { optionalNumber } from './settings.ts';

/** The reserve in MB; if unset, it depends on the disk (`defaultDiskReserve`). */
export const diskReserveSettings = {
  FREEHOLD_DISK_RESERVE_MB: optionalNumber({ min: 0, max: 1_000_000_000 }),
};

const maxDefaultBytes = 1e9;
const maxReservedFiles = 10_000;
const share = 0.05;

/** The bytes that stay free on a disk of `total` bytes: 5 % of it, but at most 1 GB. */
export function defaultDiskReserve(total: number): number {
  return Math.min(Math.floor(total * share), maxDefaultBytes);
}

/**
 * Checks that a program may write `needed` more bytes to the file system of `path`, which must exist.
 *
 * @param options.reserve bytes that stay free for the host; the default is `defaultDiskReserve` of the disk.
 * @throws FreeholdError that reports the disk as full, with the free space.
 */
export async function assertDiskReserve(options: {
  path: string;
  needed?: number;
  reserve?: number | undefined;
}): Promise<void> {
  const { path, needed = 0 } = options;
  const { bsize, blocks, bavail, files, ffree } = await statfs(path);
  const [total, free] = [blocks * bsize, bavail * bsize];
  const reserve = options.reserve ?? defaultDiskReserve(total);
  if (free - needed < reserve) {
    throw new FreeholdError(
      `The disk of ${path} is full: ${inMegabytes(free)} MB are free, ${inMegabytes(needed)} MB are needed, and ` +
        `${inMegabytes(reserve)} MB stay reserved for the host. Free some space, or lower FREEHOLD_DISK_RESERVE_MB.`,
    );
  }
  // Some file systems have no fixed number of files and report 0.
  if (files > 0 && reserve > 0 && ffree < Math.min(files * share, maxReservedFiles)) {
    throw new FreeholdError(
      `The disk of ${path} is full: it has room for only ${ffree} more files, which stay reserved for the host. ` +
        'Remove some files.',
    );
  }
}

function inMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}
