import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mysqlOwner, root } from '../owners.ts';
import { tendFiles, tendFolder } from '../tend-files.ts';
import { checkDatabase } from '../wordpress/check-database.ts';
import { checkDump } from '../wordpress/check-dump.ts';
import { completeWordpress } from '../wordpress/complete.ts';
import { readAccess, readEnvFiles } from '../wordpress/database-access.ts';
import type { App, Rule, RuleOf } from './app.ts';

// The two folders stay root's: what is renamed in there decides what the containers are given.
const folder: Rule = { owner: root, mode: 0o755 };
const secret: Rule = { owner: root, mode: 0o600 };
const mysqlFiles = {
  '.env': secret,
  // The database loads it on a first start.
  'dump.sql': { owner: { uid: root.uid, gid: mysqlOwner.gid }, mode: 0o640 },
};
const secrets = { '.env': secret, 'login.txt': secret };

const ruleOfWordpress: RuleOf = ([name, ...rest], kind, siteOwner) => {
  if (name === undefined) return folder;
  if (kind === 'file' && rest.length === 0 && Object.hasOwn(secrets, name)) return secret;
  const isSites = name === 'wp-content' || name === '.htaccess';
  return { owner: isSites ? siteOwner : root, mode: kind === 'folder' ? 0o755 : 0o644 };
};

const ruleOfMysql: RuleOf = ([name, ...rest], kind) => {
  if (name === undefined) return folder;
  if (rest.length === 0 && (name === '.env' || name === 'dump.sql')) return mysqlFiles[name];
  return { owner: root, mode: kind === 'folder' ? 0o700 : 0o600 };
};

/** WordPress and its database. WordPress' own themes are brought in by its image, which has them. */
export const wordpressApp: App = {
  name: 'wordpress',
  needs: { kind: 'folder', path: ['wordpress', 'wp-content'] },
  initial: {
    what: 'a new WordPress',
    async create(content) {
      await writeFile(join(content, 'index.php'), '<?php\n// Silence is golden.\n', { flag: 'wx' });
    },
  },
  rules: { wordpress: ruleOfWordpress, mysql: ruleOfMysql },
  async check(tree) {
    const access = readAccess(tree, await readEnvFiles(tree));
    await checkDump(tree, access?.name ?? 'wordpress');
    await checkDatabase(tree);
  },
  async tend({ home, runtime, siteOwner }, log) {
    await checkDatabase(home, join(runtime, 'mysql/db_files'));
    const htaccess = { owner: siteOwner, mode: 0o644 };
    await completeWordpress(home, { env: secret, htaccess });
    await tendFolder(join(home, 'wordpress'), folder);
    await tendFolder(join(home, 'mysql'), folder);
    await tendFiles(join(home, 'wordpress'), { ...secrets, '.htaccess': htaccess }, log);
    await tendFiles(join(home, 'mysql'), mysqlFiles, log);
  },
};
