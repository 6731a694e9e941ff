import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { archiveEndingOf } from '@freehold/core/uploads';

/** The domain that an entry of /data/import is for; undefined if it is for none. */
export function domainOfUpload(name: string): Domain | undefined {
  const lower = name.toLowerCase();
  const stem = lower.slice(0, lower.length - (archiveEndingOf(lower) ?? '').length);
  try {
    return parseCanonicalDomain(stem.replace(/^www\./, ''));
  } catch {
    return undefined;
  }
}
