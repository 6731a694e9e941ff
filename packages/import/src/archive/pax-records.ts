import { isUtf8 } from 'node:buffer';
import { FreeholdError } from '@freehold/core/error';

/**
 * Checks the body of a pax header, which may override the name, target or size of the entry that follows. The
 * parser skips records that it cannot read and would then import an entry under the wrong name.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 *
 * @returns the keys in it.
 * @throws FreeholdError for a record that is malformed or not supported.
 */
export function checkPaxRecords(body: Buffer, options: { global: boolean }): string[] {
  const keys: string[] = [];
  for (let at = 0; at < body.length; ) {
    const length = lengthOfRecord(body, at);
    const record = body.subarray(at, at + length);
    const equals = record.indexOf('=');
    const key = record.toString('utf8', record.indexOf(' ') + 1, equals);
    const value = record.subarray(equals + 1, -1);
    if (equals === -1 || record.at(-1) !== 0x0a) throw malformed();
    checkRecord(key, value, options);
    keys.push(key);
    at += length;
  }
  return keys;
}

function lengthOfRecord(body: Buffer, at: number): number {
  const [, digits = ''] = /^([1-9]\d{0,8}) /.exec(body.toString('latin1', at, at + 10)) ?? [];
  const length = Number(digits);
  // The minimum is its digits, a space, a letter, the equals sign and the line break.
  if (length < digits.length + 4 || at + length > body.length) throw malformed();
  return length;
}

function checkRecord(key: string, value: Buffer, { global }: { global: boolean }): void {
  if (key.startsWith('GNU.sparse.'))
    throw new FreeholdError('a file in it is sparse, which is not supported.');
  const isName = key === 'path' || key === 'linkpath';
  if (global && (isName || key === 'size')) {
    throw new FreeholdError(`it sets the same ${key} for all of its entries.`);
  }
  if (key === 'size' && !/^\d{1,15}$/.test(value.toString('latin1'))) throw malformed();
  if (!isName) return;
  if (!isUtf8(value)) throw new FreeholdError('a name in it is not UTF-8.');
  if (/\p{Cc}/u.test(value.toString())) throw new FreeholdError('a name in it contains a control character.');
}

function malformed(): FreeholdError {
  return new FreeholdError('it contains a malformed extended header (pax).');
}
