// Determines the meaning of the name of an entry in /data/import for a domain.
import type { Domain } from '@freehold/core/domain';
import { archiveEndingOf, asciiUploadName } from '@freehold/core/uploads';
import { type Packing, packingOf } from './archive/packing.ts';

export type UploadName =
  /** Not meant for this domain. */
  | { readonly kind: 'other' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'archive'; readonly packing: Packing }
  /** The domain's name with an unknown ending. */
  | { readonly kind: 'unknown'; readonly ending: string };

/** Upper case and a leading `www.` make no difference. */
export function parseUploadName(
  name: string,
  domain: Domain,
  { isFolder }: { isFolder: boolean },
): UploadName {
  const lower = asciiUploadName(name);
  const bare = [lower, lower.replace(/^www\./, '')].find((one) => one.startsWith(domain));
  const ending = bare?.slice(domain.length);
  if (bare === undefined || ending === undefined) return { kind: 'other' };
  if (ending === '') return { kind: 'folder' };
  const packing = packingOf(ending);
  if (packing !== undefined) return { kind: 'archive', packing };
  if (/^[\p{L}\p{N}]/u.test(ending) || isOtherDomain(stemOf(bare, isFolder), domain))
    return { kind: 'other' };
  return { kind: 'unknown', ending };
}

/** The name without the file extension. */
function stemOf(name: string, isFolder: boolean): string {
  if (isFolder) return name;
  const ending = archiveEndingOf(name) ?? /\.[^.]*$/.exec(name)?.[0] ?? '';
  return name.slice(0, name.length - ending.length);
}

// Top-level domains with which a longer domain may end: the usual ones of countries, and those for tests.
// Other endings are more likely to be file extensions, such as 'rar' or 'backup'.
const topLevel =
  /^(?:(?!gz$|xz$|lz$|js$|db$)[a-z]{2}|xn--[a-z0-9-]+|com|net|org|info|biz|edu|gov|int|mil|test|example|localhost|invalid)$/;

/** Whether it is another domain that begins like this one, as example.com.br does like example.com. */
function isOtherDomain(stem: string, domain: Domain): boolean {
  const labels = stem.split('.');
  const areLabels = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  return stem.length > domain.length && areLabels && topLevel.test(labels.at(-1) ?? '');
}
