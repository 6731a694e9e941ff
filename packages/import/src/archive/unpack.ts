import { chmod, mkdir } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { App } from '../apps/app.ts';
import type { Layout } from '../layout.ts';
import { ruleFor } from '../ownership.ts';
import { startProgress } from '../progress.ts';
import type { Work } from '../work.ts';
import { Budget } from './budget.ts';
import type { Packing } from './packing.ts';
import { type Archive, openArchive } from './read-archive.ts';
import { TarReader } from './tar-reader.ts';
import { Unpacker } from './unpacker.ts';

const smallBytes = 64 * 1024;
const turnEveryMs = 50;

/**
 * Unpacks an archive, in one pass, to where nothing is yet: each file with the owner and mode that it
 * is served with. Nothing is on disk for sure afterwards.
 *
 * @throws FreeholdError, without its subject, saying what is wrong with the archive.
 */
export async function unpack(
  { path, packing }: { path: string; packing: Packing },
  to: { layout: Layout; app: App; root: string },
  work: Work,
): Promise<void> {
  const archive = await openArchive(path, packing);
  try {
    await mkdir(to.root, 0o700);
    await unpackAll(archive, { ...to, path }, work);
    await chmod(to.root, ruleFor([], { kind: 'folder', mode: 0 }, to.layout.siteOwner).mode);
  } finally {
    await archive.close();
  }
}

async function unpackAll(
  archive: Archive,
  to: { layout: Layout; app: App; root: string; path: string },
  { signal, log, terminal }: Work,
): Promise<void> {
  const budget = new Budget(to.layout.limits);
  const unpacker = new Unpacker({ ...to, budget });
  const reader = new TarReader(unpacker);
  const progress = startProgress({ what: to.path, total: { bytes: archive.size }, log, terminal });
  let [consumed, files] = [0, 0];
  try {
    for await (const piece of inSmallPieces(archive.content)) {
      signal.throwIfAborted();
      budget.spendBytes(piece.length, archive.consumed());
      reader.write(piece);
      progress.add({ bytes: archive.consumed() - consumed, files: budget.files - files });
      [consumed, files] = [archive.consumed(), budget.files];
    }
    reader.end();
    await unpacker.finish(signal);
  } finally {
    progress.stop();
    unpacker.close();
  }
}

/**
 * Cuts content into pieces with few files in them, which are made without a pause, and gives
 * everybody else a turn now and then: a signal has to be heard.
 */
async function* inSmallPieces(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let lastTurn = Date.now();
  for await (const piece of content) {
    for (let at = 0; at < piece.length; at += smallBytes) {
      yield piece.subarray(at, at + smallBytes);
      if (Date.now() - lastTurn < turnEveryMs) continue;
      await turn();
      lastTurn = Date.now();
    }
  }
}
