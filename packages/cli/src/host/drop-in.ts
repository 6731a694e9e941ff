// The site's own limits on disk: one drop-in of its unit. The folder of drop-ins belongs to the site: what ends in .conf
// there is moved, backed up and removed with it.
import { formatEnvironmentFile, parseEnvironmentFile } from './environment-file.ts';
import type { Change } from './limit-values.ts';

/** A file as it is to be; undefined for one that is to be removed. */
export interface Planned {
  readonly path: string;
  readonly text: string | undefined;
}

export function dropInOf(unit: string): string {
  return `/etc/systemd/system/${unit}.d/limits.conf`;
}

/** The drop-in of one unit after the changes. `before` is its text. */
export function planDropIn(unit: string, before: string | undefined, changes: readonly Change[]): Planned {
  const values = new Map<string, string>();
  for (const [key, value = ''] of Object.entries(parseEnvironmentFile(before ?? ''))) {
    if (key.startsWith('FREEHOLD_')) values.set(key, value);
  }
  for (const { limit, value } of changes) {
    if (value === undefined) values.delete(limit.variable);
    else values.set(limit.variable, value);
  }
  const path = dropInOf(unit);
  return { path, text: values.size === 0 ? undefined : render(path, values) };
}

/**
 * One file, which systemd reads twice:
 *
 * 1. as a drop-in of the unit, where all that counts is EnvironmentFile= with the file's own path, which adds the file to
 *    the list of the unit's environment files, after host.env. A section whose name begins with X- is ignored
 *    (systemd.unit(5)), so the values below it are no unknown settings there.
 * 2. as that environment file, each time the unit starts. Lines without = are ignored there (systemd.exec(5)), as the
 *    headings are, and the line EnvironmentFile= is one more variable, which no program reads. Of a variable that several
 *    files set, the last file counts.
 *
 * So the values need no second file, which moves, backups and roll-backs would have to know.
 */
function render(path: string, values: ReadonlyMap<string, string>): string {
  return `# Written by 'freehold site set'. host.env would override Environment=, because it is a file; among files, the last one counts.
[Service]
EnvironmentFile=-${path}

[X-Freehold]
${formatEnvironmentFile(values)}`;
}
