// A WordPress that cannot be imported: the reason is reported, and nothing is half done.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import type { Outcome } from './run.ts';
import {
  logIn,
  loginOf,
  removeWordpress,
  startWordpress,
  unitsOf,
  untilAnswered,
} from './wordpress-sites.ts';

const [refused, renamed] = ['refused-blog.test', 'new-name.test'] as const;
const theirs = 'theirs-blog.test';
const units = [...unitsOf(refused), ...unitsOf(renamed), ...unitsOf(theirs)];
/** A dump of a new WordPress. */
let dump: string;
before(async () => {
  await shell('mkdir -p /tmp/refused/wordpress/wp-content /tmp/refused/mysql');
  await startWordpress(renamed);
  await exec([`${repository}/scripts/dump-site.sh`, renamed]);
  dump = await exec(['cat', `/data/domains/${renamed}/mysql/dump.sql`]);
});
after(async () => {
  await removeWordpress(refused, renamed, theirs);
  await shell('rm -r /tmp/refused');
});

async function addWith(files: Record<string, string>): Promise<Outcome> {
  for (const [name, text] of Object.entries(files))
    await exec(['sh', '-c', 'cat >"$0"', `/tmp/refused/${name}`], text);
  return tryExec([
    `${repository}/scripts/add-site.sh`,
    refused,
    '--app',
    'wordpress',
    '--from',
    '/tmp/refused',
  ]);
}

hostTest('add-site.sh reports refusals of import, and those of the database', units, async () => {
  await shell(
    'mkdir -p /tmp/refused/wordpress/wp-content/uploads; echo a >/tmp/refused/wordpress/wp-content/uploads/a',
  );
  const missing = await addWith({});
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /mysql\/dump\.sql is missing[\s\S]*is disabled again/);
  const bad = await addWith({
    'mysql/dump.sql': dump.replace('-- Dump completed', 'SELECT * FROM mysql.user;\n-- Dump completed'),
  });
  assert.equal(bad.code, 1);
  assert.match(
    bad.stderr,
    /Cannot load dump\.sql: ERROR 1142[^\n]*SELECT command denied[\s\S]*is disabled again/,
  );
  assert.equal(
    (await tryExec(['systemctl', 'is-enabled', `wordpress@${refused}`])).stdout.trim(),
    'disabled',
  );
  await waitFor('the database to stop', async () => {
    const state = await exec(['systemctl', 'show', '--property=ActiveState', '--value', `mysql@${refused}`]);
    return state === 'inactive';
  });
  // Put right where it is now, it starts.
  await exec(['sh', '-c', 'cat >"$0"', `/data/domains/${refused}/mysql/dump.sql`], dump);
  const again = await tryExec([`${repository}/scripts/add-site.sh`, refused, '--app', 'wordpress']);
  assert.equal(again.code, 0, again.stderr);
});

/** As mysqldump of a managed MySQL 8 writes it. */
const ofMysql = (text: string) =>
  text
    .replaceAll('wp_', 'x9_')
    .replace(/^.*enable the sandbox mode.*$/m, '')
    .replace('/*', 'SET @@SESSION.SQL_LOG_BIN= 0;\nCREATE DATABASE `theirs`;\nUSE `theirs`;\n/*')
    .replace('-- Dump completed', "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '8c3b-1:1-5';\n-- Dump completed")
    .replaceAll(/COLLATE=utf8mb4_\w+/g, 'COLLATE=utf8mb4_0900_ai_ci');

hostTest('a complete WordPress of another provider is imported with its packed dump', units, async () => {
  await exec(
    ['sh', '-c', 'mkdir -p /data/import/.theirs && gzip >/data/import/.theirs/theirs.sql.gz'],
    ofMysql(dump),
  );
  await shell(
    `cd /data/import/.theirs; mkdir wp-includes; cp -a "/data/domains/$1/wordpress/wp-content" .
     echo '<?php $table_prefix = "x9_"; define("DB_NAME", "theirs");' >wp-config.php
     printf 'AddHandler application/x-httpd-ea-php81 .php\n' >.htaccess; mv /data/import/.theirs "/data/import/$2"`,
    renamed,
    theirs,
  );
  const session = await startWordpress(theirs);
  assert.match((await session.fetch('/')).text, /Hello world!/);
  await logIn(session, await loginOf(renamed));
  assert.match(await shell('grep PREFIX "/data/domains/$1/wordpress/.env"', theirs), /DB_PREFIX=x9_/);
});

hostTest('a change of address whose database is killed is done whole by the next start', units, async () => {
  const ask = (query: string) =>
    exec(['docker', 'exec', `mysql_${renamed}`, 'mariadb', '-N', 'wordpress', '-e', query]);
  const rows = 20_000;
  const text = "CONCAT('https://old.test/', seq)";
  await ask(
    `INSERT INTO wp_options (option_name, option_value, autoload) SELECT CONCAT('o', seq), ${text}, 'off' FROM seq_1_to_${rows}`,
  );
  await shell('echo FORMER_DOMAIN=old.test >>"/data/domains/$1/wordpress/.env"', renamed);
  const restarting = tryExec(['systemctl', 'restart', `wordpress@${renamed}`]);
  const changing = 'SELECT 1 FROM information_schema.innodb_trx WHERE trx_rows_modified > 500';
  await waitFor('the change to be under way', async () => (await ask(changing)) !== '', { everyMs: 20 });
  const still = `SELECT COUNT(*) FROM wp_options WHERE option_value LIKE 'https://old.test/%'`;
  assert.equal(await ask(still), String(rows), 'nobody sees half of it');
  await exec(['docker', 'kill', '--signal', 'KILL', `mysql_${renamed}`]);
  await restarting;
  const count = `SELECT COUNT(*) FROM wp_options WHERE option_value LIKE 'https://${renamed}/%' AND option_name LIKE 'o%'`;
  await waitFor('the change', async () => (await ask(count)) === String(rows));
  assert.equal(await ask(still), '0');
  await untilAnswered(renamed);
});

hostTest('a site is removed alone, also from beside one whose name differs by a dot', units, async () => {
  const container = await exec(['docker', 'inspect', '--format', '{{.Id}}', `mysql_${theirs}`]);
  const neighbour = theirs.replace('-', '.');
  await exec([`${repository}/scripts/add-site.sh`, neighbour]);
  await exec([`${repository}/scripts/remove-site.sh`, neighbour, '--delete-data']);
  assert.equal(await exec(['docker', 'inspect', '--format', '{{.Id}}', `mysql_${theirs}`]), container);
  await untilAnswered(theirs);
});
