// Whether a dump can be loaded, as far as that can be told without a database. The image of the database looks again,
// and loads it as a user who has no rights beyond the one database.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { lineStarts } from './line-starts.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const naming = /^(?:USE|(?:CREATE|DROP) DATABASE)(?:\s+|\/\*[^*]*\*\/|IF (?:NOT )?EXISTS)*`?([^`;\s]+)`?/i;
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
    let last = '';
    for await (const line of lineStarts(file.createReadStream({ autoClose: false }), 200)) {
      if (line.trim() !== '') last = line;
      refuseOtherDatabase(path, line, database);
    }
    if (!end.test(last)) throw notWhole(path);
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

function refuseOtherDatabase(path: string, line: string, database: string): void {
  const named = naming.exec(line)?.[1];
  if (named === undefined || named === database) return;
  throw new FreeholdError(
    `${path} names the database ${JSON.stringify(named)}, and the one of this site is ${JSON.stringify(database)}: ` +
      'dump that one alone (mariadb-dump NAME), or set MYSQL_DATABASE in mysql/.env and DB_NAME in wordpress/.env to its name',
  );
}

function notWhole(path: string): FreeholdError {
  return new FreeholdError(
    `${path} is not whole: it does not end with the line '-- Dump completed', as mariadb-dump and mysqldump write it. ` +
      'Bring a whole one; if another program wrote it and you know that it is whole, add that line',
  );
}
