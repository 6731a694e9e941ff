// The files of a WordPress besides its wp-content: created if they are missing, and kept if they exist. Each
// file is written atomically, and each can be derived from the others, so the next run continues the work of
// a killed one.
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

/** @throws FreeholdError if the existing files are not usable. */
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
    throw new FreeholdError(`${path} must be a file but is a link or something else. Put the file there`);
  }
}

async function writeSecrets(home: string, rule: Rule): Promise<void> {
  const files = await readEnvFiles(home);
  const { name, user, password } = readAccess(home, files) ?? newAccess();
  if (files.mysql === undefined) {
    const values = { MYSQL_DATABASE: name, MYSQL_USER: user, MYSQL_PASS: password };
    await write(
      join(home, ...mysqlEnv),
      renderEnvFile('The credentials that the database accepts.', values),
      rule,
    );
  }
  if (files.wordpress === undefined) {
    const values = { DB_NAME: name, DB_USER: user, DB_PASS: password, SALT: newSecret() };
    const comment = 'How WordPress connects to its database, and the key that signs its logins.';
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
