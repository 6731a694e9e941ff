import * as v from 'valibot';
import { FreeholdError } from './error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and validates all settings of a program from its environment, before anything else happens. Empty
 * counts as unset, because `docker run --env-file` passes `KEY=` on as an empty string.
 *
 * @throws FreeholdError `usage`, listing each invalid setting with its value (except those whose names
 *   suggest a secret).
 */
export function readSettings<const T extends v.ObjectEntries>(
  entries: T,
  env: Environment = process.env,
): v.InferOutput<v.ObjectSchema<T, undefined>> {
  const given = Object.fromEntries(Object.keys(entries).map((name) => [name, env[name] || undefined]));
  const result = v.safeParse(v.object(entries), given);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => describe(String(issue.path?.[0]?.key), issue));
  throw new FreeholdError(`Invalid settings: ${faults.join('; ')}.`, { code: 'usage' });
}

function describe(name: string, issue: v.BaseIssue<unknown>): string {
  if (issue.input === undefined) return `${name} is not set`;
  const value = /SECRET|PASSWORD|TOKEN|KEY/.test(name) ? 'a secret value' : JSON.stringify(issue.input);
  return `${name} is ${value}, but ${issue.message}`;
}

/** A whole number in a range, e.g. seconds or milliseconds. */
export function wholeNumber(options: { min: number; max: number; preset: number }) {
  return v.optional(numberIn(options), String(options.preset));
}

/** The same, but optional. */
export function optionalNumber(options: { min: number; max: number }) {
  return v.optional(numberIn(options));
}

function numberIn({ min, max }: { min: number; max: number }) {
  const message = `a whole number from ${min} to ${max} is required`;
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,12}$/, message),
    v.transform(Number),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

/** An absolute path without `..`, so that no setting points to an unintended place. */
export function absolutePath(preset: string) {
  return v.optional(anyPath, preset);
}

/** The same, but optional. */
export function optionalPath() {
  return v.optional(anyPath);
}

const anyPath = v.pipe(
  v.string(),
  v.regex(/^(?!.*\/\.\.(?:\/|$))\/[^\0\s"']*$/, 'an absolute path without spaces or ".." is required'),
);
