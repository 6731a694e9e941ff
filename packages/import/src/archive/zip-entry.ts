// An entry of a zip's central directory, interpreted.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { isUtf8 } from 'node:buffer';
import { FreeholdError } from '@freehold/core/error';
import { type Entry, getFileNameLowLevel } from 'yauzl';
import type { ArchiveEntry } from './archive-entry.ts';
import { quotePath } from './entry-path.ts';

const encryptedFlag = 0x1;
const utf8Flag = 0x800;
/** Info-ZIP's extra field with the name in UTF-8. */
const unicodePath = 0x7075;
/** FAT, HPFS, NTFS and VFAT, whose programs may separate names with a backslash. */
const windowsHosts: ReadonlySet<number> = new Set([0, 6, 10, 14]);

/** Methods that only some programs support (APPNOTE 4.4.5); 0 and 8 are accepted. */
const methods: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'zstd',
  95: 'xz',
  98: 'PPMd',
};

/** The four highest bits of a mode (inode(7)). */
const types: Readonly<Record<number, string>> = {
  4: 'Directory',
  8: 'File',
  10: 'SymbolicLink',
  1: 'FIFO',
  2: 'CharacterDevice',
  6: 'BlockDevice',
  12: 'Socket',
};

/** @throws FreeholdError for an entry that cannot be read. */
export function readZipEntry(entry: Entry): ArchiveEntry {
  const path = pathOf(entry);
  const { compressionMethod: method, generalPurposeBitFlag: flags } = entry;
  if (flags & encryptedFlag)
    throw new FreeholdError(`${quotePath(path)} in it is encrypted. Pack it without a password.`);
  if (method !== 0 && method !== 8) {
    throw new FreeholdError(
      `${quotePath(path)} in it is compressed with ${methods[method] ?? `method ${method}`}, which import does not support.`,
    );
  }
  const mode = entry.externalFileAttributes >>> 16;
  const type = path.endsWith('/') ? 'Directory' : (types[mode >>> 12] ?? 'File');
  // Programs on Windows leave it empty.
  const usual = type === 'Directory' ? 0o755 : 0o644;
  return {
    type,
    path,
    size: entry.uncompressedSize,
    mode: mode === 0 ? usual : mode & 0o7777,
    mtime: entry.getLastModDate({ timezone: 'UTC' }),
  };
}

function pathOf({ generalPurposeBitFlag, fileNameRaw, extraFields, versionMadeBy }: Entry): string {
  const inUnicodeField = extraFields.some(({ id }) => id === unicodePath);
  // macOS writes UTF-8 without the flag for it; names in cp437 that are also valid UTF-8 hardly occur.
  const isUnicode = isUtf8(fileNameRaw);
  const flags = isUnicode ? generalPurposeBitFlag | utf8Flag : generalPurposeBitFlag;
  if (!isUnicode && !inUnicodeField && generalPurposeBitFlag & utf8Flag) {
    throw new FreeholdError(`the path ${quotePath(fileNameRaw.toString())} in it is not UTF-8.`);
  }
  const path = getFileNameLowLevel(flags, fileNameRaw, extraFields, true);
  return windowsHosts.has(versionMadeBy >>> 8) ? path.replaceAll('\\', '/') : path;
}
