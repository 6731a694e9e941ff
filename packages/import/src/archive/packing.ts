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
  const magic = start.toString('hex', 0, 4);
  if (magic.startsWith('1f8b')) return 'gzip';
  if (magic === '28b52ffd') return 'zstd';
  return undefined;
}
