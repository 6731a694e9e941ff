import * as v from 'valibot';

/** A boot id as the kernel (with dashes) or systemd (`%b`, without) writes it: hexadecimal digits, never dashes alone. */
export const bootId = v.pipe(
  v.string(),
  v.maxLength(64, 'a boot id has at most 64 characters'),
  v.regex(/^[0-9a-f]+(?:-[0-9a-f]+)*$/, 'a boot id is hexadecimal'),
);

/** Whether two ids are of the same boot, with or without dashes. An unknown boot is the same as none. */
export function sameBoot(one: string | undefined, other: string | undefined): boolean {
  if (!one || !other) return false;
  const digits = one.replaceAll('-', '');
  return digits !== '' && digits === other.replaceAll('-', '');
}
