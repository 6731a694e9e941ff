// The bytes of an archive, unpacked while they are read.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip, createZstdDecompress, constants as zlib } from 'node:zlib';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { makeCollector } from './collect-garbage.ts';
import { unpackByProgram } from './decompressor.ts';
import type { Packing } from './packing.ts';

export interface Archive {
  /** Bytes on disk. */
  readonly size: number;
  /** The number of bytes consumed so far. */
  consumed(): number;
  /** Its content, as tar. A piece may be used until the next one is requested. */
  readonly content: AsyncIterable<Buffer>;
  close(): Promise<void>;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const pieceBytes = 512 * 1024;
/** Each unpacked piece is new memory, and only a few may wait for the garbage collector. */
const unpackedPieceBytes = 64 * 1024;
/** In pieces. If collected more often, the pieces in transit would count as old and stay. */
const collectEvery = 32;
/** The window size of zstd, as a power of two: 8 MB of memory, the limit of all levels up to 19. */
const zstdWindow = 23;

/** The packings of a tar archive. */
export type TarPacking = Exclude<Packing, 'zip'>;

/** Reads a tar archive of any packing. The handle stays open when it is closed. */
export function readArchive(handle: FileHandle, size: number, packing: TarPacking): Archive {
  if (packing === 'tar') return plain(handle, size);
  if (packing === 'xz' || packing === 'bzip2') return unpackByProgram(handle, size, packing);
  return packed(handle, size, packing);
}

/** @throws FreeholdError without its subject. */
export async function openArchive(path: string): Promise<FileHandle> {
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error) => {
    if (error.code === 'ELOOP') throw new FreeholdError('it is a symbolic link.');
    if (error.code === 'ENXIO') throw new FreeholdError('it is a socket instead of a file.');
    throw error;
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new FreeholdError('it is not a file.');
}

function plain(handle: FileHandle, size: number): Archive {
  let consumed = 0;
  async function* content() {
    // One is filled while the content of the other is processed.
    let [free, full] = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)];
    let reading = handle.read(free, 0, pieceBytes, null);
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      [free, full] = [full, free];
      reading = handle.read(free, 0, pieceBytes, null);
      // The error is thrown when the read is awaited, not earlier.
      reading.catch(() => undefined);
      consumed += bytesRead;
      yield full.subarray(0, bytesRead);
    }
  }
  return { size, consumed: () => consumed, content: content(), close: async () => undefined };
}

function packed(handle: FileHandle, size: number, packing: 'gzip' | 'zstd'): Archive {
  const unpacker =
    packing === 'gzip'
      ? createGunzip({ chunkSize: unpackedPieceBytes })
      : createZstdDecompress({
          chunkSize: unpackedPieceBytes,
          params: { [zlib.ZSTD_d_windowLogMax]: zstdWindow },
        });
  const source = handle.createReadStream({ autoClose: false });
  source.on('error', (error) => unpacker.destroy(error));
  // It may fail before anybody reads from it; the reader then receives the error.
  unpacker.on('error', () => undefined);
  source.pipe(unpacker);
  async function* content() {
    const collect = makeCollector();
    let pieces = 0;
    try {
      for await (const piece of unpacker) {
        yield piece;
        pieces += 1;
        if (pieces % collectEvery === 0) collect();
      }
    } catch (error) {
      throw new FreeholdError(explain(error as NodeJS.ErrnoException, packing), { cause: error });
    }
    if (unpacker.bytesWritten < size) {
      throw new FreeholdError(
        `there is extra data after the end of its ${packing} data, at byte ${unpacker.bytesWritten}.`,
      );
    }
  }
  return {
    size,
    consumed: () => unpacker.bytesWritten,
    content: content(),
    async close() {
      source.destroy();
      unpacker.destroy();
    },
  };
}

function explain(error: NodeJS.ErrnoException, packing: Packing): string {
  if (error.code === 'Z_BUF_ERROR') return 'it is truncated: its end is missing.';
  if (error.code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return 'unpacking it would take too much memory: pack it without --long and --ultra.';
  }
  return `its content is not ${packing}, or is damaged (${reasonOf(error)}).`;
}
