import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import { correctFiles, correctFolder } from '../correct-files.ts';
import { exists } from '../folder-state.ts';
import type { Layout } from '../layout.ts';
import { mysqlOwner, root } from '../owners.ts';
import { arrangeWordpress } from '../wordpress/arrange-wordpress.ts';
import { checkDatabase } from '../wordpress/check-database.ts';
import { completeWordpress, setWordpressValue } from '../wordpress/complete.ts';
import { newSecret, readAccess, readEnvFiles, usual } from '../wordpress/database-access.ts';
import { asideFolder, findWordpress } from '../wordpress/find-wordpress.ts';
import { checkDump, importDump } from '../wordpress/import-dump.ts';
import { isInstalled, writeLogin } from '../wordpress/login.ts';
import { readWpConfig } from '../wordpress/wp-config.ts';
import type { App, Rule, RuleOf } from './app.ts';

// The two folders stay root's: anyone who can rename files in them controls the input of the containers.
const folder: Rule = { owner: root, mode: 0o755 };
const secret: Rule = { owner: root, mode: 0o600 };
const mysqlFiles = {
  '.env': secret,
  // The database loads it on its first start.
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

const ruleOfAside: RuleOf = (_names, kind) => ({ owner: root, mode: kind === 'folder' ? 0o700 : 0o600 });

/** Reads at most this much of a compressed dump. */
const maxDumpBytes = 1e12;

async function check(tree: string): Promise<void> {
  readAccess(tree, await readEnvFiles(tree));
  const found = await findWordpress(tree);
  const config = found?.config && (await readWpConfig(tree, found.config));
  if (found?.dump) await checkDump(tree, join(tree, ...found.dump), { config, maxBytes: maxDumpBytes });
  else await checkDatabase(tree, { content: [...(found?.at ?? []), 'wp-content'], config: found?.config });
}

/** The dump, if there is no database yet, and the prefix of its tables. */
async function prepareDump(layout: Layout, log: Log, signal: AbortSignal): Promise<void> {
  const { home, runtime, limits, diskReserve } = layout;
  const config = await readWpConfig(home, [asideFolder, 'wp-config.php']);
  if (config?.isNetwork)
    log.warning(
      `${layout.domain} was a network of several sites, which is not supported: only its main site works.`,
    );
  if (await exists(join(runtime, 'mysql/db_files/mysql'))) return;
  const rule = mysqlFiles['dump.sql'];
  const { maxBytes } = limits;
  const prefix = await importDump(home, { config, maxBytes, diskReserve, rule, signal, log });
  if (prefix !== undefined && prefix !== 'wp_') await setWordpressValue(home, 'DB_PREFIX', prefix, secret);
}

async function prepareLogin({ domain, home, runtime }: Layout, log: Log): Promise<void> {
  const files = await readEnvFiles(home);
  const database = readAccess(home, files)?.name ?? usual;
  const prefix = files.wordpress?.get('DB_PREFIX') || 'wp_';
  if (await isInstalled(home, { dataFiles: join(runtime, 'mysql/db_files'), database, prefix })) return;
  const salt = files.wordpress?.get('SALT') || newSecret();
  await setWordpressValue(home, 'SALT', salt, secret);
  await writeLogin(home, { domain, salt, rule: secret, log });
}

/** WordPress and its database. The image contains WordPress's own themes and installs them. */
export const app: App = {
  name: 'wordpress',
  servants: ['mysql'],
  needs: { kind: 'folder', path: ['wordpress', 'wp-content'] },
  note:
    'Missing values in wordpress/.env, mysql/.env and wordpress/.htaccess are generated, with unique secrets. ' +
    'Uploads without mysql/dump.sql and without a database are refused.',
  initial: {
    what: 'a new WordPress',
    async create(content) {
      await writeFile(join(content, 'index.php'), '<?php\n// Silence is golden.\n', { flag: 'wx' });
    },
  },
  rules: { wordpress: ruleOfWordpress, mysql: ruleOfMysql, [asideFolder]: ruleOfAside },
  fits: async (tree) => (await findWordpress(tree)) !== undefined,
  arrange: (tree, layout, { signal, log }) => arrangeWordpress(tree, { ownership: layout, signal, log }),
  check,
  made: ({ runtime }) => join(runtime, 'mysql/db_files/mysql'),
  async correct(layout, log, signal) {
    const { home, runtime, siteOwner } = layout;
    const htaccess = { owner: siteOwner, mode: 0o644 };
    await completeWordpress(home, { env: secret, htaccess });
    await prepareDump(layout, log, signal);
    const config = (await exists(join(home, asideFolder, 'wp-config.php')))
      ? [asideFolder, 'wp-config.php']
      : undefined;
    await checkDatabase(home, { dataFiles: join(runtime, 'mysql/db_files'), config });
    await prepareLogin(layout, log);
    await correctFolder(join(home, 'wordpress'), folder);
    await correctFolder(join(home, 'mysql'), folder);
    await correctFiles(join(home, 'wordpress'), { ...secrets, '.htaccess': htaccess }, log);
    await correctFiles(join(home, 'mysql'), mysqlFiles, log);
  },
};
