// The path of an entry as it stands in an archive: judged once, a list of names from there on.
import { FreeholdError } from '@freehold/core/error';

const maxPathBytes = 4_000;
const maxNameBytes = 255;
/** As in a tree that is delivered as a folder. */
const maxDepth = 200;

/**
 * Splits a path into the names on the way to it; `./` is nothing.
 *
 * @throws FreeholdError, saying what is wrong, for every path that does not lead to a place inside.
 */
export function parseEntryPath(path: string): string[] {
  const refuse = (why: string) => new FreeholdError(`the path ${sayPath(path)} in it ${why}.`);
  const fault = faultOfText(path);
  if (fault) throw refuse(fault);
  if (path.startsWith('/')) throw refuse('is absolute');
  if (Buffer.byteLength(path) > maxPathBytes) throw refuse(`is longer than ${maxPathBytes} bytes`);
  const names = path.replace(/\/$/, '').split('/');
  if (names.includes('..')) throw refuse('has ".." in it');
  if (names.includes('')) throw refuse('has an empty name in it');
  if (names.some((name) => Buffer.byteLength(name) > maxNameBytes)) {
    throw refuse(`has a name longer than ${maxNameBytes} bytes`);
  }
  if (names.length > maxDepth) throw refuse(`lies more than ${maxDepth} folders deep`);
  return names.filter((name) => name !== '.');
}

/** What is wrong with the characters of a path or of a link's target. */
export function faultOfText(text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return 'has a control character in it';
  return undefined;
}

/** A path for a sentence: short, and without characters that would change the line it stands in. */
export function sayPath(path: string): string {
  const shown = path.length > 100 ? `${path.slice(0, 80)}…${path.slice(-15)}` : path;
  return `"${shown.replace(/[\p{C}"]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}"`;
}
