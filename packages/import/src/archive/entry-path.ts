// The path of an entry as stored in an archive, validated once and then represented as a list of names.
import { FreeholdError } from '@freehold/core/error';

const maxPathBytes = 4_000;
const maxNameBytes = 255;
/** The same limits as for a tree that is uploaded as a folder. */
const maxDepth = 200;

/**
 * Splits a path into its names; `./` is skipped.
 *
 * @throws FreeholdError, stating the reason, for every path that does not lead to a place inside.
 */
export function parseEntryPath(path: string): string[] {
  const refuse = (why: string) => new FreeholdError(`the path ${quotePath(path)} in it ${why}.`);
  const fault = faultOfText(path);
  if (fault) throw refuse(fault);
  if (path.startsWith('/')) throw refuse('is absolute');
  if (Buffer.byteLength(path) > maxPathBytes) throw refuse(`is longer than ${maxPathBytes} bytes`);
  const names = path.replace(/\/$/, '').split('/');
  if (names.includes('..')) throw refuse('contains ".."');
  if (names.includes('')) throw refuse('contains an empty name');
  if (names.some((name) => Buffer.byteLength(name) > maxNameBytes)) {
    throw refuse(`contains a name longer than ${maxNameBytes} bytes`);
  }
  if (names.length > maxDepth) throw refuse(`is nested more than ${maxDepth} folders deep`);
  return names.filter((name) => name !== '.');
}

/** The problem with the characters of a path or a link's target. */
export function faultOfText(text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return 'contains a control character';
  return undefined;
}

/** Formats a path for a message: short, and without characters that would change the line around it. */
export function quotePath(path: string): string {
  const shown = path.length > 100 ? `${path.slice(0, 80)}…${path.slice(-15)}` : path;
  return `"${shown.replace(/[\p{C}"]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}"`;
}
