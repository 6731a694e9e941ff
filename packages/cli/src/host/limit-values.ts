// The values that a limit can have.
import { FreeholdError } from '@freehold/core/error';
import type { Limit } from './limits.ts';

/** What `site set` is to do to one limit; without a value, its own setting is removed. */
export interface Change {
  readonly limit: Limit;
  readonly value: string | undefined;
}

/**
 * Reads words like memory=256m; memory=default removes the site's own value.
 *
 * @throws FreeholdError `usage` for a limit that the site does not have, or a value that it cannot have.
 */
export function parseChanges(words: readonly string[], limits: readonly Limit[]): Change[] {
  const changes = words.map((word) => parseChange(word, limits));
  const names = changes.map(({ limit }) => limit.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw wrong(`'${twice}' is set twice.`);
  return changes;
}

function parseChange(word: string, limits: readonly Limit[]): Change {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(word) ?? [];
  if (name === undefined || value === undefined)
    throw wrong(`'${word}' is not of the form NAME=VALUE, such as memory=256m.`);
  const limit = limits.find((one) => one.name === name);
  if (!limit)
    throw wrong(`This site has no limit '${name}'. It has: ${limits.map((one) => one.name).join(', ')}.`);
  if (value === 'default') return { limit, value: undefined };
  return { limit, value: name.endsWith('memory') ? checkMemory(name, value) : checkNumber(name, value) };
}

/** Docker refuses a container with less. */
const leastMemory = 6 * 1024 ** 2;
const units: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes of a size as `docker run --memory` takes it; undefined for another text. */
export function bytesOf(text: string): number | undefined {
  const [, digits, unit = 'b'] = /^(\d{1,15})([bkmg])?$/i.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (units[unit.toLowerCase()] ?? 1);
}

/** As in '64m': the largest unit in which it is a whole number. */
export function formatBytes(bytes: number): string {
  const unit = ['g', 'm', 'k'].find((one) => bytes > 0 && bytes % (units[one] ?? 1) === 0);
  return unit ? `${bytes / (units[unit] ?? 1)}${unit}` : String(bytes);
}

function checkMemory(name: string, value: string): string {
  const bytes = bytesOf(value);
  if (bytes === undefined || bytes < leastMemory || bytes > 2 ** 50) {
    throw wrong(
      `${name} cannot be '${value}': a number with m or g is required, such as 256m; the minimum is 6m.`,
    );
  }
  return value.toLowerCase();
}

function checkNumber(name: string, value: string): string {
  // 4194304 is the kernel's most (PID_MAX_LIMIT).
  if (!/^[1-9]\d{0,6}$/.test(value) || Number(value) > 4_194_304) {
    throw wrong(`${name} cannot be '${value}': a whole number from 1 to 4194304 is required.`);
  }
  return value;
}

function wrong(what: string): FreeholdError {
  return new FreeholdError(what, { code: 'usage' });
}
