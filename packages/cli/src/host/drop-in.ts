// The site's own limits on disk: two files in the folder of its unit's drop-ins. That folder belongs to the site: it is
// moved, backed up and removed with it.
import { formatEnvironmentFile, parseEnvironmentFile } from './environment-file.ts';
import type { Change } from './limit-values.ts';

/** A file as it is to be; undefined for one that is to be removed. */
export interface Planned {
  readonly path: string;
  readonly text: string | undefined;
}

export function folderOf(unit: string): string {
  return `/etc/systemd/system/${unit}.d`;
}

export function valuesFileOf(unit: string): string {
  return `${folderOf(unit)}/limits.env`;
}

/** The files of one unit after the changes. `before` is the text of its limits.env. */
export function planDropIn(unit: string, before: string | undefined, changes: readonly Change[]): Planned[] {
  const values = new Map(
    Object.entries(parseEnvironmentFile(before ?? '')).map(([key, value]) => [key, value ?? '']),
  );
  for (const { limit, value } of changes) {
    if (value === undefined) values.delete(limit.variable);
    else values.set(limit.variable, value);
  }
  const isEmpty = values.size === 0;
  return [
    // The values first: a drop-in without them would change nothing.
    { path: valuesFileOf(unit), text: isEmpty ? undefined : formatEnvironmentFile(values) },
    { path: `${folderOf(unit)}/limits.conf`, text: isEmpty ? undefined : dropInOf(unit) },
  ];
}

function dropInOf(unit: string): string {
  return `# Written by 'freehold site set'. A file counts more than Environment=, and this one more than host.env, as it is read later.
[Service]
EnvironmentFile=-${valuesFileOf(unit)}
`;
}
