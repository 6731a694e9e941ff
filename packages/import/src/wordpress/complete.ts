// What a WordPress has beside its wp-content: made where it is missing, and kept as it is where it is there. Each file
// comes whole or not at all, and from what one says the other can be made: so a run that was killed is gone on with.
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { readInside } from '@freehold/core/read-inside';
import { writeAtomic } from '@freehold/core/write-atomic';
import type { Rule } from '../apps/app.ts';
import { stateOfFolder } from '../folder-state.ts';
import { mysqlEnv, newAccess, newSecret, readAccess, readEnvFiles, wordpressEnv } from './database-access.ts';
import { renderEnvFile, withValue } from './env-file.ts';
import { vanillaHtaccess } from './htaccess.ts';

const mayChown = () => process.getuid?.() === 0;

/** @throws FreeholdError if what is there cannot be used. */
export async function completeWordpress(home: string, rules: { env: Rule; htaccess: Rule }): Promise<void> {
  for (const folder of ['wordpress', 'mysql']) {
    if ((await stateOfFolder(home, folder)) === 'absent') await mkdir(join(home, folder), { mode: 0o755 });
  }
  await refuseLinks(home);
  await writeSecrets(home, rules.env);
  const htaccess = join(home, 'wordpress/.htaccess');
  if (await isMissing(htaccess)) await write(htaccess, vanillaHtaccess, rules.htaccess);
}

/** Sets a value in wordpress/.env where it differs. */
export async function setWordpressValue(
  home: string,
  name: string,
  value: string,
  rule: Rule,
): Promise<void> {
  const file = await readInside(home, wordpressEnv, { maxBytes: 64 * 1024 });
  if (file === undefined || new RegExp(`^${name}=${value}\\r?$`, 'm').test(file.text)) return;
  await write(join(home, ...wordpressEnv), withValue(file.text, name, value), rule);
}

/** Docker would follow them, as root. */
async function refuseLinks(home: string): Promise<void> {
  for (const name of ['wordpress/.env', 'wordpress/.htaccess', 'mysql/.env', 'mysql/dump.sql']) {
    const path = join(home, name);
    if ((await isMissing(path)) || (await lstat(path)).isFile()) continue;
    throw new FreeholdError(`${path} should be a file, and is a link or something else: put the file there`);
  }
}

async function writeSecrets(home: string, rule: Rule): Promise<void> {
  const files = await readEnvFiles(home);
  const { name, user, password } = readAccess(home, files) ?? newAccess();
  if (files.mysql === undefined) {
    const values = { MYSQL_DATABASE: name, MYSQL_USER: user, MYSQL_PASS: password };
    await write(join(home, ...mysqlEnv), renderEnvFile('What the database lets in.', values), rule);
  }
  if (files.wordpress === undefined) {
    const values = { DB_NAME: name, DB_USER: user, DB_PASS: password, SALT: newSecret() };
    const comment = 'How WordPress reaches its database, and what its logins are signed with.';
    await write(join(home, ...wordpressEnv), renderEnvFile(comment, values), rule);
  }
}

async function write(path: string, text: string, { owner, mode }: Rule): Promise<void> {
  await writeAtomic(path, text, { mode, owner: mayChown() ? owner : undefined });
}

async function isMissing(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true;
      throw error;
    },
  );
}
