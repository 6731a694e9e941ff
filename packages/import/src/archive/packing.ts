/** How an archive is packed, which its name has to tell. */
export type Packing = 'tar' | 'gzip' | 'zstd';

const endings: Readonly<Record<string, Packing>> = { '.tar': 'tar', '.tar.gz': 'gzip', '.tar.zst': 'zstd' };

/** The packing that a domain's archive of this name has; undefined if the name is that of none. */
export function packingOf(name: string, domain: string): Packing | undefined {
  if (!name.startsWith(domain)) return undefined;
  const ending = name.slice(domain.length);
  return Object.hasOwn(endings, ending) ? endings[ending] : undefined;
}

/** What content really is, by its first bytes; undefined where they are not those of a packing. */
export function packedLike(start: Buffer): Packing | undefined {
  if (start.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (start.readUInt32BE(0) === 0x28b52ffd) return 'zstd';
  return undefined;
}
