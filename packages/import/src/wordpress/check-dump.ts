// Whether a dump can be loaded, as far as that can be told without a database. The image of the database looks again,
// and loads it as a user who has no rights beyond the one database.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { lineStarts } from './line-starts.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const naming =
  /^\s*(?:\/\*!\d+\s*)?(?:USE|(?:CREATE(?:\s+OR\s+REPLACE)?|DROP)\s+(?:DATABASE|SCHEMA))(?=[\s`/])(?:\s|\/\*[^*]*\*\/|IF (?:NOT )?EXISTS)*`?([^`;\s*]+)`?/i;
// Stands before each database of a dump of several, as of --all-databases.
const section = /^-- Current Database: `(.*)`\s*$/;
const end = /^-- Dump completed/;

/**
 * Looks at mysql/dump.sql of a tree, if it has one.
 *
 * @throws FreeholdError, without its subject, if it is not whole or names another database.
 */
export async function checkDump(tree: string, database: string): Promise<void> {
  const path = join(tree, 'mysql/dump.sql');
  const file = await openDump(path);
  if (file === undefined) return;
  try {
    if (!(await file.stat()).isFile()) throw new FreeholdError(`${path} is no file`);
    const { last, named, sections } = await readNames(file.createReadStream({ autoClose: false }));
    if (!end.test(last)) throw notWhole(path);
    // Of a dump of several databases that has this one, this one alone is loaded.
    const isOther = (name: string | undefined) => name !== undefined && name !== database;
    const relevant = sections.has(database) ? named.filter(({ within }) => !isOther(within)) : named;
    const other = relevant.find(({ name }) => isOther(name));
    if (other) throw otherDatabase(path, other.name, database);
  } finally {
    await file.close();
  }
}

async function openDump(path: string) {
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP') throw new FreeholdError(`${path} is a symbolic link, and not a dump`);
    throw error;
  }
}

function otherDatabase(path: string, named: string, database: string): FreeholdError {
  return new FreeholdError(
    `${path} names the database ${JSON.stringify(named)}, and the one of this site is ${JSON.stringify(database)}: ` +
      'dump that one alone (mariadb-dump NAME), or set MYSQL_DATABASE in mysql/.env and DB_NAME in wordpress/.env to its name',
  );
}

interface Names {
  /** The last line that is not empty. */
  readonly last: string;
  /** The databases that statements name, and the section that each stands in. */
  readonly named: readonly { readonly name: string; readonly within: string | undefined }[];
  readonly sections: ReadonlySet<string>;
}

async function readNames(dump: AsyncIterable<Buffer>): Promise<Names> {
  const [named, sections] = [[] as { name: string; within: string | undefined }[], new Set<string>()];
  let last = '';
  let within: string | undefined;
  for await (const line of lineStarts(dump, 200)) {
    if (line.trim() !== '') last = line;
    within = section.exec(line)?.[1] ?? within;
    if (within !== undefined) sections.add(within);
    const name = naming.exec(line)?.[1];
    if (name !== undefined) named.push({ name, within });
  }
  return { last, named, sections };
}

function notWhole(path: string): FreeholdError {
  return new FreeholdError(
    `${path} is not whole: it does not end with the line '-- Dump completed', as mariadb-dump and mysqldump write it. ` +
      'Bring a whole one; if another program wrote it and you know that it is whole, add that line',
  );
}
