// The names in a tar archive, as bytes: the parser replaces names that are not UTF-8, and its output cannot
// be distinguished from a name that contains U+FFFD.
import { isUtf8 } from 'node:buffer';
import { FreeholdError } from '@freehold/core/error';
import { quotePath } from './entry-path.ts';
import { checkPaxRecords } from './pax-records.ts';

type Field = 'path' | 'linkpath';

/** GNU's headers with a long name for the next entry. */
const longNames: Readonly<Record<string, Field>> = { L: 'path', N: 'path', K: 'linkpath' };
/** Offset and length in an entry's header; the prefix is of POSIX' format only. */
const fields = { path: [0, 100], linkpath: [157, 100], prefix: [345, 155] } as const;
const posix = Buffer.from('ustar\0');

export class NameCheck {
  /** The names for the next entry from an extended header, which replace those in its own. */
  readonly #given = new Set<string>();

  /**
   * Checks a header and its body.
   *
   * @throws FreeholdError for a name that is not UTF-8, and for pax records that are malformed or not
   *   supported.
   */
  check(type: string, block: Buffer, body: Buffer): void {
    if (type === 'x' || type === 'X') {
      for (const key of checkPaxRecords(body, { global: false })) this.#given.add(key);
    } else if (type === 'g') checkPaxRecords(body, { global: true });
    else if (longNames[type] !== undefined) this.#takeLongName(longNames[type], body);
    else this.#checkEntry(block);
  }

  #takeLongName(field: Field, body: Buffer): void {
    if (!isUtf8(body)) throw notUtf8(body);
    this.#given.add(field);
  }

  #checkEntry(block: Buffer): void {
    const isPosix = block.subarray(257, 263).equals(posix);
    for (const [name, [start, length]] of Object.entries(fields)) {
      if (name === 'prefix' && !isPosix) continue;
      if (this.#given.has(name === 'prefix' ? 'path' : name)) continue;
      const field = block.subarray(start, start + length);
      const end = field.indexOf(0);
      if (!isUtf8(end === -1 ? field : field.subarray(0, end))) throw notUtf8(field);
    }
    this.#given.clear();
  }
}

function notUtf8(bytes: Buffer): FreeholdError {
  return new FreeholdError(`the name ${quotePath(String(bytes).replace(/\0.*/s, ''))} in it is not UTF-8.`);
}
