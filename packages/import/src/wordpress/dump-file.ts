// The dump of a site's database as it is uploaded: SQL, or SQL compressed with gzip.
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FreeholdError } from '@freehold/core/error';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * The path where the database looks for it, below a domain's folder, and the paths from which import takes
 * it.
 */
export const dumpFile = ['mysql', 'dump.sql'] as const;
export const packedDumpFile = ['mysql', 'dump.sql.gz'] as const;
/** A dump that is being unpacked: worthless once `dump.sql` exists. */
export const unpackingFile = ['mysql', '.unpacking.sql.gz'] as const;

/** The path of the dump that import still has to read; undefined if there is none. */
export async function findDump(tree: string): Promise<string | undefined> {
  const names: string[] = await readdir(join(tree, 'mysql')).catch(() => []);
  const found = [dumpFile, unpackingFile, packedDumpFile].find(([, name]) => names.includes(name));
  return found && join(tree, ...found);
}

/**
 * Passes the SQL of a dump to `use`, piece by piece.
 *
 * @throws FreeholdError, without its subject, if it is a link, is not a file, is not compressed as its name says,
 *   or is UTF-16.
 */
export async function withDump<Result>(
  path: string,
  { maxBytes }: { maxBytes: number },
  use: (pieces: AsyncIterable<Buffer>, file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await openDump(path);
  try {
    if (!(await file.stat()).isFile()) throw new FreeholdError(`${path} is not a file`);
    const content = file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 });
    const pieces = path.toLowerCase().endsWith('.gz') ? unpacked(content, path, maxBytes) : content;
    return await use(withoutMark(pieces, path), file);
  } finally {
    await file.close();
  }
}

/** Editors on Windows write a byte order mark, which would count as the beginning of the first statement. */
async function* withoutMark(pieces: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const piece of pieces) {
    const mark = isFirst ? piece.toString('latin1', 0, 3) : '';
    isFirst = false;
    if (/^(?:\xff\xfe|\xfe\xff)/.test(mark)) {
      throw new FreeholdError(
        `${path} is in UTF-16, as PowerShell writes what a program prints. Export it again without '>': mysqldump --result-file=dump.sql …`,
      );
    }
    yield mark === '\xef\xbb\xbf' ? piece.subarray(3) : piece;
  }
}

async function openDump(path: string): Promise<FileHandle> {
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw new FreeholdError(`${path} is a symbolic link instead of a dump`);
    throw error;
  }
}

async function* unpacked(content: Readable, path: string, maxBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 1024 * 1024 });
  content.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  let bytes = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes)
        throw new FreeholdError(
          `${path} has more than ${maxBytes} bytes when unpacked (FREEHOLD_IMPORT_MAX_GB)`,
        );
      yield piece;
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw error;
    throw new FreeholdError(`${path} cannot be unpacked with gzip (${code}): it is damaged or incomplete`, {
      cause: error,
    });
  } finally {
    gunzip.destroy();
  }
}
