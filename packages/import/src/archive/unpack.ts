import type { FileHandle } from 'node:fs/promises';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { App } from '../apps/app.ts';
import { keepDiskReserve } from '../keep-disk-reserve.ts';
import type { Layout } from '../layout.ts';
import { ruleFor } from '../ownership.ts';
import { type Progress, startProgress } from '../progress.ts';
import type { Work } from '../work.ts';
import { Budget } from './budget.ts';
import type { Packing } from './packing.ts';
import { openArchive, readArchive, type TarPacking } from './read-archive.ts';
import { readZip } from './read-zip.ts';
import { TarReader } from './tar-reader.ts';
import { Unpacker } from './unpacker.ts';

const smallBytes = 64 * 1024;
const turnEveryMs = 50;

interface Unpacking {
  readonly unpacker: Unpacker;
  readonly budget: Budget;
  /** Adds unpacked bytes, with the bytes of the archive consumed so far. */
  readonly account: (bytes: number, consumed: number) => Promise<void>;
}

/**
 * Unpacks an archive in one pass into a new folder: each file gets its final owner and mode. Nothing is
 * synced to disk.
 *
 * @throws FreeholdError, without its subject, stating what is wrong with the archive.
 */
export async function unpack(
  { path, packing }: { path: string; packing: Packing },
  to: { layout: Layout; app: App; root: string },
  work: Work,
): Promise<void> {
  const handle = await openArchive(path);
  try {
    const { size } = await handle.stat();
    await keepDiskReserve(to.layout, dirname(to.root)).before(size);
    await mkdir(to.root, 0o700);
    const progress = startProgress({ ...work, what: path, total: { bytes: size } });
    try {
      await unpackAll({ handle, size, packing }, to, { ...work, progress });
    } finally {
      progress.stop();
    }
    await chmod(to.root, ruleFor([], { kind: 'folder', mode: 0 }, to.layout).mode);
  } finally {
    await handle.close();
  }
}

async function unpackAll(
  { handle, size, packing }: { handle: FileHandle; size: number; packing: Packing },
  to: { layout: Layout; app: App; root: string },
  work: Work & { progress: Progress },
): Promise<void> {
  const budget = new Budget(to.layout.limits);
  const unpacker = new Unpacker({ ...to, budget });
  const account = makeAccount(budget, keepDiskReserve(to.layout, dirname(to.root)), work);
  const unpacking = { unpacker, budget, account };
  try {
    if (packing === 'zip') await unpackZip(handle, unpacking);
    else await unpackTar({ handle, size, packing }, unpacking);
    await unpacker.finish(work.signal);
  } finally {
    unpacker.close();
  }
}

function makeAccount(
  budget: Budget,
  reserve: ReturnType<typeof keepDiskReserve>,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Unpacking['account'] {
  let [lastConsumed, lastFiles, lastTurn] = [0, 0, Date.now()];
  return async (bytes, consumed) => {
    signal.throwIfAborted();
    budget.spendBytes(bytes, consumed);
    const files = budget.files - lastFiles;
    await reserve.during(bytes, files);
    progress.add({ bytes: consumed - lastConsumed, files });
    [lastConsumed, lastFiles] = [consumed, budget.files];
    if (Date.now() - lastTurn < turnEveryMs) return;
    // Files are created without a pause, yet a signal must be noticed.
    await turn();
    lastTurn = Date.now();
  };
}

async function unpackTar(
  { handle, size, packing }: { handle: FileHandle; size: number; packing: TarPacking },
  { unpacker, account }: Unpacking,
): Promise<void> {
  const archive = readArchive(handle, size, packing);
  const reader = new TarReader(unpacker);
  try {
    for await (const piece of inSmallPieces(archive.content)) {
      await account(piece.length, archive.consumed());
      reader.write(piece);
    }
    reader.end();
  } finally {
    await archive.close();
  }
}

async function unpackZip(handle: FileHandle, { unpacker, budget, account }: Unpacking): Promise<void> {
  await readZip(handle, unpacker, {
    turn: account,
    foresee(files, bytes) {
      budget.foresee(bytes);
      budget.foreseeFiles(files);
    },
  });
}

/** Cuts content into pieces with few files each, which are created without a pause. */
async function* inSmallPieces(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of content) {
    for (let at = 0; at < piece.length; at += smallBytes) yield piece.subarray(at, at + smallBytes);
  }
}
