import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { archiveEndingOf, asciiUploadName } from '@freehold/core/uploads';

/** The domain that an entry of /data/import is for; undefined if it is for none. */
export function domainOfUpload(name: string): Domain | undefined {
  const ascii = asciiUploadName(name);
  const stem = ascii.slice(0, ascii.length - (archiveEndingOf(ascii) ?? '').length);
  try {
    return parseCanonicalDomain(stem.replace(/^www\./, ''));
  } catch {
    return undefined;
  }
}
