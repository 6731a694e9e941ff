import { type ArchiveEnding, archiveEndings } from '@freehold/core/uploads';

/** The formats of archives, which the file name must indicate. */
export type Packing = 'tar' | 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'zip';

const endings: Readonly<Record<ArchiveEnding, Packing>> = {
  '.tar': 'tar',
  '.tar.gz': 'gzip',
  '.tgz': 'gzip',
  '.tar.zst': 'zstd',
  '.tzst': 'zstd',
  '.tar.xz': 'xz',
  '.txz': 'xz',
  '.tar.bz2': 'bzip2',
  '.tbz2': 'bzip2',
  '.tbz': 'bzip2',
  '.zip': 'zip',
};

/** For messages. */
export const knownEndings = `${archiveEndings.slice(0, -1).join(', ')} or ${archiveEndings.at(-1)}`;

/** The packing of archives whose names have this ending. */
export function packingOf(ending: string): Packing | undefined {
  const known = archiveEndings.find((one) => one === ending);
  return known && endings[known];
}

const magics: readonly (readonly [start: string, packing: Packing])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
];

/** The real format of content according to its first bytes; undefined if they are not those of a packing. */
export function packedLike(start: Buffer): Packing | undefined {
  const found = start.toString('hex', 0, 6);
  return magics.find(([magic]) => found.startsWith(magic))?.[1];
}
