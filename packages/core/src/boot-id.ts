import * as v from 'valibot';

/**
 * A boot id as written by the kernel (with dashes) or systemd (`%b`, without): hexadecimal digits, never
 * dashes alone.
 */
export const bootId = v.pipe(
  v.string(),
  v.maxLength(64, 'a boot id has at most 64 characters'),
  v.regex(/^[0-9a-f]+(?:-[0-9a-f]+)*$/, 'a boot id is hexadecimal'),
);

/** Whether two ids belong to the same boot, with or without dashes. An unknown boot equals no other. */
export function sameBoot(one: string | undefined, other: string | undefined): boolean {
  if (!one || !other) return false;
  const digits = one.replaceAll('-', '');
  return digits !== '' && digits === other.replaceAll('-', '');
}
