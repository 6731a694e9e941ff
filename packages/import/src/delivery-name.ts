// What the name of an entry of /data/import means for a domain.
import { domainToASCII } from 'node:url';
import type { Domain } from '@freehold/core/domain';
import { archiveEndingOf, type Packing, packingOf } from './archive/packing.ts';

export type DeliveryName =
  /** Not meant for this domain. */
  | { readonly kind: 'other' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'archive'; readonly packing: Packing }
  /** The domain's name with an ending that import does not know. */
  | { readonly kind: 'unknown'; readonly ending: string };

/** Upper case and a leading `www.` make no difference. */
export function parseDeliveryName(
  name: string,
  domain: Domain,
  { isFolder }: { isFolder: boolean },
): DeliveryName {
  const lower = domainToASCII(name) || name.toLowerCase();
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

/** The name without what stands for the kind of file. */
function stemOf(name: string, isFolder: boolean): string {
  if (isFolder) return name;
  const ending = archiveEndingOf(name) ?? /\.[^.]*$/.exec(name)?.[0] ?? '';
  return name.slice(0, name.length - ending.length);
}

// Top-level domains that a longer domain may end in: of countries, the usual ones, and those for tests. Names of further
// ones are more likely to be a kind of file, such as 'rar' or 'backup'.
const topLevel =
  /^(?:(?!gz$|xz$|lz$|js$|db$)[a-z]{2}|xn--[a-z0-9-]+|com|net|org|info|biz|edu|gov|int|mil|test|example|localhost|invalid)$/;

/** Whether it is another domain that begins like this one, as example.com.br does like example.com. */
function isOtherDomain(stem: string, domain: Domain): boolean {
  const labels = stem.split('.');
  const areLabels = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  return stem.length > domain.length && areLabels && topLevel.test(labels.at(-1) ?? '');
}
