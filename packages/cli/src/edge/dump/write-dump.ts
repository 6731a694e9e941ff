// A dump is written beside the previous one, and replaces it once it is complete and on disk.
import { spawn } from 'node:child_process';
import { type FileHandle, open, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { defaultDiskReserve } from '@freehold/core/disk-reserve';
import { FreeholdError } from '@freehold/core/error';
import { syncFolder } from '@freehold/core/write-atomic';
import type { DumpRules } from '../../dump/declared.ts';
import { endOf } from '../connection.ts';

export interface DumpJob {
  readonly domain: string;
  readonly rules: DumpRules;
  /** The complete path of the dump. */
  readonly file: string;
  /** Megabytes that stay free for the host; by default those of `defaultDiskReserve`. */
  readonly reserveMegabytes: number | undefined;
  readonly signal: AbortSignal;
}

const unchanged = 'The previous dump is unchanged.';

/**
 * Writes the dump; gives its size in bytes.
 *
 * @throws FreeholdError if it cannot be written completely; the previous one stays then.
 */
export async function writeDump(job: DumpJob): Promise<number> {
  const { domain, file, rules } = job;
  const folder = dirname(file);
  const partial = join(folder, `.${basename(file)}.new`);
  const room = await roomFor(job);
  if (room === 0) {
    throw new FreeholdError(
      `${domain} was not dumped: the disk of ${folder} is full, except for the host's reserve (FREEHOLD_DISK_RESERVE_MB). Free some space. ${unchanged}`,
    );
  }
  try {
    await rm(partial, { force: true });
    // Its content is confidential.
    const handle = await open(partial, 'wx+', 0o600);
    try {
      const size = await receive(job, handle, room);
      await checkSize(job, handle, size);
      await checkEnd(job, handle, size);
      // Only root, and the database that loads it, may read it.
      await handle.chown(0, rules.group);
      await handle.chmod(0o640);
      await handle.sync();
      await rename(partial, file);
      await syncFolder(folder);
      return size;
    } finally {
      await handle.close();
    }
  } finally {
    await rm(partial, { force: true });
  }
}

/** How many bytes may be written there. */
async function roomFor({ file, reserveMegabytes }: DumpJob): Promise<number> {
  const { bsize, blocks, bavail } = await statfs(dirname(file));
  const reserve =
    reserveMegabytes === undefined ? defaultDiskReserve(blocks * bsize) : reserveMegabytes * 1e6;
  return Math.max(bavail * bsize - reserve, 0);
}

async function receive(job: DumpJob, handle: FileHandle, room: number): Promise<number> {
  const { domain, file, rules, signal } = job;
  const child = spawn('docker', ['exec', `${rules.database}_${domain}`, 'dump'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const ended = endOf(child);
  let size = 0;
  await pipeline(child.stdout, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > room) throw tooLarge(domain, dirname(file), room);
      await writeAll(handle, chunk);
    }
  }).catch((error: unknown) => {
    child.kill();
    signal.throwIfAborted();
    throw noSpace(error) ? tooLarge(domain, dirname(file), room) : error;
  });
  const code = await ended;
  signal.throwIfAborted();
  if (code === 0) return size;
  throw new FreeholdError(
    `${domain} was not dumped: the database failed; its message is above. ${unchanged}`,
  );
}

/** A single write may store only a part, as when the disk is full for a moment. */
async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

const noSpace = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOSPC';

function tooLarge(domain: string, folder: string, room: number): FreeholdError {
  return new FreeholdError(
    `${domain} was not dumped: its dump is larger than the ${Math.floor(room / 1e6)} MB that the disk of ${folder} has besides the host's reserve (FREEHOLD_DISK_RESERVE_MB). Free some space. ${unchanged}`,
  );
}

async function checkSize({ domain }: DumpJob, handle: FileHandle, size: number): Promise<void> {
  const { size: written } = await handle.stat();
  if (written === size) return;
  throw new FreeholdError(
    `${domain} was not dumped completely: the file has ${written} bytes instead of ${size}. ${unchanged}`,
  );
}

/** A dump that was cut off lacks its last line. */
async function checkEnd({ domain, rules }: DumpJob, handle: FileHandle, size: number): Promise<void> {
  const { buffer, bytesRead } = await handle.read({
    buffer: Buffer.alloc(4096),
    position: Math.max(size - 4096, 0),
  });
  const last = buffer.toString('utf8', 0, bytesRead).replace(/\n$/, '').split('\n').at(-1) ?? '';
  if (last.startsWith(rules.end)) return;
  throw new FreeholdError(
    `${domain} was not dumped completely: the end of the dump is missing. ${unchanged}`,
  );
}
