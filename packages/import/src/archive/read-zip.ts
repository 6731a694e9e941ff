// Zip archives: their directory is at the end, so it is read first, and invalid entries are detected before
// anything is unpacked.
import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import type { EntrySink } from './archive-entry.ts';
import { quotePath } from './entry-path.ts';
import { readZipEntry } from './zip-entry.ts';
import { OverlapCheck } from './zip-overlap.ts';

/** Linux's limit for the target of a link. */
const maxTargetBytes = 4096;

export interface ZipOptions {
  /** Called before an entry is examined, and after each unpacked piece. */
  readonly turn: (unpacked: number, consumed: number) => Promise<void>;
  /** Called for each entry of the directory, before the first is unpacked. */
  readonly foresee: (files: number, bytes: number) => void;
}

/** @throws FreeholdError without its subject. */
export async function readZip(handle: FileHandle, sink: EntrySink, options: ZipOptions): Promise<void> {
  try {
    await checkDirectory(await openZip(handle), options);
    const zip = await openZip(handle);
    let consumed = 0;
    for await (const entry of zip.eachEntry()) {
      await options.turn(0, consumed);
      await unpackEntry(zip, entry, sink, (bytes) => options.turn(bytes, consumed + entry.compressedSize));
      consumed += entry.compressedSize;
    }
  } catch (error) {
    throw explain(error);
  }
}

function openZip(handle: FileHandle): Promise<ZipFile> {
  return fromFdPromise(handle.fd, { autoClose: false, lazyEntries: true, decodeStrings: false });
}

async function checkDirectory(zip: ZipFile, { turn, foresee }: ZipOptions): Promise<void> {
  const overlap = new OverlapCheck();
  let [files, bytes] = [0, 0];
  for await (const entry of zip.eachEntry()) {
    files += 1;
    bytes += readZipEntry(entry).size;
    foresee(files, bytes);
    overlap.add(entry);
    await turn(0, 0);
  }
  overlap.finish();
}

async function unpackEntry(
  zip: ZipFile,
  entry: Entry,
  sink: EntrySink,
  turn: (bytes: number) => Promise<void>,
): Promise<void> {
  const found = readZipEntry(entry);
  if (found.type === 'SymbolicLink') {
    if (found.size > maxTargetBytes)
      throw new FreeholdError(`the target of the link ${quotePath(found.path)} in it is too long.`);
    const target = await readTarget(zip, entry, turn);
    sink.begin({ ...found, size: 0, linkpath: target });
    return sink.end();
  }
  sink.begin(found);
  if (found.type === 'File') await forEachPiece(zip, entry, turn, (piece) => sink.data(piece));
  sink.end();
}

async function readTarget(
  zip: ZipFile,
  entry: Entry,
  turn: (bytes: number) => Promise<void>,
): Promise<string> {
  const pieces: Buffer[] = [];
  await forEachPiece(zip, entry, turn, (piece) => pieces.push(piece));
  const target = Buffer.concat(pieces);
  if (isUtf8(target)) return target.toString();
  throw new FreeholdError(
    `the target of the link ${quotePath(String(entry.fileNameRaw))} in it is not UTF-8.`,
  );
}

async function forEachPiece(
  zip: ZipFile,
  entry: Entry,
  turn: (bytes: number) => Promise<void>,
  take: (piece: Buffer) => void,
): Promise<void> {
  let sum = 0;
  for await (const piece of await zip.openReadStreamPromise(entry)) {
    await turn(piece.length);
    sum = crc32(piece, sum);
    take(piece);
  }
  if (sum !== entry.crc32)
    throw new Error(`the checksum of ${quotePath(String(entry.fileNameRaw))} is wrong`);
}

/** Errors of the disk have a syscall; all others concern the archive. */
function explain(error: unknown): unknown {
  if (error instanceof FreeholdError || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  const reason = reasonOf(error);
  if (/end of central directory record signature not found/i.test(reason)) {
    return new FreeholdError(
      'it is not a zip archive, or is truncated: its directory is missing at its end.',
      {
        cause: error,
      },
    );
  }
  if (/multi-disk/.test(reason)) {
    return new FreeholdError('it is one part of a zip archive that was split.', { cause: error });
  }
  if (/strong encryption/.test(reason)) {
    return new FreeholdError('it is encrypted. Pack it without a password.', { cause: error });
  }
  return new FreeholdError(`it is not a zip archive, or is damaged: ${reason}.`, { cause: error });
}
