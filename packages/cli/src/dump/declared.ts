// What an app declares about the dump of its database (docs/reference/app-declaration.md).
import type { Declarations } from '../host/declarations.ts';

export interface DumpRules {
  readonly app: string;
  /** Its unit and container are DATABASE@DOMAIN and DATABASE_DOMAIN. */
  readonly database: string;
  /** Below a domain's folder in /data/domains. */
  readonly file: string;
  /** The number of the group that may read the file. */
  readonly group: number;
  /** How the last line of a complete dump begins. */
  readonly end: string;
}

/** The apps with a database, and its folder below a domain's folder in /data/runtime/domains. */
export function databaseFolders(apps: Declarations): { readonly app: string; readonly folder: string }[] {
  return [...apps.keys()].flatMap((app) => {
    const [folder] = declared(apps, 'DatabaseFiles', app);
    return folder === undefined ? [] : [{ app, folder }];
  });
}

/** Undefined for an app whose database is not dumped. */
export function dumpRules(apps: Declarations, app: string): DumpRules | undefined {
  const [database] = declared(apps, 'Database', app);
  const [file] = declared(apps, 'Dump', app);
  const [group] = declared(apps, 'DumpGroup', app);
  if (database === undefined || file === undefined || group === undefined) return undefined;
  return { app, database, file, group: Number(group), end: declared(apps, 'DumpEnd', app).join(' ') };
}

function declared(apps: Declarations, key: string, app: string): readonly string[] {
  return apps.get(app)?.get(key) ?? [];
}
