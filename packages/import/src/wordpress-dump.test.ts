// Dumps as other programs and providers create them: loaded into the site's database, or refused before
// anything moves.
import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';
import { tablesOf } from './wordpress/dump-under-test.ts';

const home = 'domains/example.com';
const dump = 'mysql/dump.sql';
const end = '-- Dump completed\n';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const run = (env: Record<string, string> = {}) => site.run(['example.com', '--app', 'wordpress'], '', env);
const upload = (sql: string, files: Record<string, string> = {}) => {
  const all = { 'wordpress/wp-content/a.css': 'a', [dump]: sql, ...files };
  return site.write(
    Object.fromEntries(Object.entries(all).map(([name, text]) => [`import/example.com/${name}`, text])),
  );
};
const env = () => site.read(home, 'wordpress/.env');

async function assertRefused(reason: RegExp): Promise<void> {
  await assert.rejects(run(), { name: 'FreeholdError', message: reason });
  assert.deepEqual(await readdir(site.path('domains')), []);
  assert.deepEqual(await readdir(site.path('import')), ['example.com']);
}

test('Statements that only an administrator may execute are removed from a dump, and the same words in a text stay.', async () => {
  const text = "INSERT INTO wp_posts VALUES ('x\nSET @@GLOBAL.GTID_PURGED=1;\nUSE other;\n');\n";
  const kept = `/*!40101 SET NAMES utf8mb4 */;\n${tablesOf('wp_')}${text}`;
  const left = [
    'SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;',
    'SET @@SESSION.SQL_LOG_BIN= 0;',
    "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '8c3b:1-5,\n9d:1-7';",
    "CHANGE MASTER TO MASTER_LOG_FILE='binlog.000002', MASTER_LOG_POS=157;",
    '/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */;',
    'SET PERSIST x = 1;',
    'SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN;',
    'FLUSH PRIVILEGES;',
    '/*!80030 SET SESSION sql_generate_invisible_primary_key=0 */;',
    "SET @@SESSION.binlog_format = 'ROW';",
    "SET PASSWORD = '*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29';",
    'LOCK INSTANCE FOR BACKUP;',
    "CALL mysql.rds_set_configuration('binlog retention hours', 24);",
  ];
  await upload(`${left.slice(0, 3).join('\n')}\n${kept}${left.slice(3).join('\n')}\n${end}`);
  const lines = await run();
  assert.match(lines.join(), /removed 13 statements/);
  const written = await site.read(home, dump);
  assert.ok(written.includes(kept));
  const outside = written.replace(text, '');
  assert.doesNotMatch(outside, /GLOBAL|LOG_BIN|GTID|MASTER|PERSIST|FLUSH|invisible|binlog|PASSWORD|INSTANCE/);
  assert.match(written, /-- Dump completed\n$/);
  assert.deepEqual((await readdir(site.path(home, 'mysql'))).sort(), ['.env', 'dump.sql']);
});

test("A dump of one database with another name is loaded into the site's database.", async () => {
  for (const naming of [
    'CREATE DATABASE /*!32312 IF NOT EXISTS*/ `other` /*!40100 */;\nUSE `other`;\n',
    'USE other;\n',
  ]) {
    const own = await makeSite();
    await own.write({
      'import/example.com/wordpress/wp-content/a.css': 'a',
      [`import/example.com/${dump}`]: naming + tablesOf('wp_') + end,
    });
    await own.run(['example.com', '--app', 'wordpress']);
    const written = await own.read(home, dump);
    assert.doesNotMatch(written, /other/);
    assert.ok(written.includes(tablesOf('wp_')));
    await own.remove();
  }
});

test("From a dump of several databases, the site's is loaded, and a dump without it is refused.", async () => {
  const part = (name: string, sql: string) =>
    `--\n-- Current Database: \`${name}\`\n--\nCREATE DATABASE \`${name}\`;\nUSE \`${name}\`;\n${sql}`;
  const others = part('mysql', 'CREATE TABLE user (a int);\n') + part('shop', tablesOf('shop_'));
  await upload(others + end);
  await assertRefused(/contains the databases "mysql", "shop", none of which is "wordpress"/);
  await upload(others + part('blog', tablesOf('wp_')) + end, {
    'wordpress/wp-config.php': "<?php define( 'DB_NAME', 'blog' );",
  });
  await run();
  const written = await site.read(home, dump);
  assert.ok(written.includes(tablesOf('wp_')));
  assert.doesNotMatch(written, /shop_|TABLE user|^USE|^CREATE DATABASE/m);
});

test('The prefix of the tables is taken from the dump; among several, that of wp-config.php.', async () => {
  await upload(tablesOf('wp_9x_') + end);
  await run();
  assert.match(await env(), /^DB_PREFIX=wp_9x_$/m);
  const other = await makeSite();
  await other.write({
    'import/example.com/wordpress/wp-content/a.css': 'a',
    'import/example.com/wordpress/wp-config.php': "<?php\n// $table_prefix = 'no_';\n$table_prefix = 'b_';",
    [`import/example.com/${dump}`]: tablesOf('a_') + tablesOf('b_') + end,
  });
  await other.run(['example.com', '--app', 'wordpress']);
  assert.match(await other.read(home, 'wordpress/.env'), /^DB_PREFIX=b_$/m);
  await other.remove();
});

const refused: [string, Record<string, string>, RegExp][] = [
  [`CREATE TABLE a (b int);\n${end}`, {}, /contains no tables of a WordPress/],
  [end, {}, /contains no tables of a WordPress/],
  [tablesOf('wp_').replace(/INSERT.*\n/, '') + end, {}, /contains no rows of wp_options/],
  [
    tablesOf('a_') + tablesOf('b_') + end,
    {},
    /several WordPress sites, whose tables begin with "a_" and "b_"/,
  ],
  [tablesOf('my-blog_') + end, {}, /a prefix must consist of letters, digits and underscores/],
  [
    tablesOf('a_') + end,
    { 'wordpress/.env': 'DB_PASS=p\nDB_PREFIX=b_\n' },
    /tables that begin with "a_", but DB_PREFIX in wordpress\/\.env is "b_"/,
  ],
];
test('A dump that would leave the site without a WordPress is refused.', async () => {
  for (const [sql, files, reason] of refused) {
    await upload(sql, files);
    await assertRefused(reason);
  }
});

const phpMyAdmin = `-- phpMyAdmin SQL Dump
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
${tablesOf('wp_')}COMMIT;

/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
`;
test('A dump of phpMyAdmin or Adminer counts as complete with its own end, and without it does not.', async () => {
  await upload(phpMyAdmin.slice(0, phpMyAdmin.indexOf('COMMIT')));
  await assertRefused(/is incomplete/);
  await upload(`-- Adminer 4.8.1 MySQL 8.0 dump\n${tablesOf('wp_')}\n-- 2026-01-01 10:00:00\n`);
  await run();
  const other = await makeSite();
  await other.write({
    'import/example.com/wordpress/wp-content/a.css': 'a',
    [`import/example.com/${dump}`]: phpMyAdmin,
  });
  await other.run(['example.com', '--app', 'wordpress']);
  assert.equal(await other.read(home, dump), `${phpMyAdmin}\n${end}`);
  await other.remove();
});

test('A compressed dump is unpacked, and a damaged one is refused.', async () => {
  await site.write({ 'import/example.com/wp-content/a.css': 'a' });
  const packed = gzipSync(tablesOf('wp_') + end);
  const path = site.path('import/example.com/backup-2026.SQL.GZ');
  await writeFile(path, packed.subarray(0, -10));
  await assertRefused(/cannot be unpacked with gzip/);
  await writeFile(path, packed);
  await run();
  assert.ok((await site.read(home, dump)).startsWith(tablesOf('wp_')));
  assert.deepEqual((await readdir(site.path(home, 'mysql'))).sort(), ['.env', 'dump.sql']);
});

const heidiSql = `${tablesOf('wp_')}/*!40103 SET TIME_ZONE=IFNULL(@OLD_TIME_ZONE, 'system') */;\r
/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;\r
/*!40014 SET FOREIGN_KEY_CHECKS=IFNULL(@OLD_FOREIGN_KEY_CHECKS, 1) */;\r
/*!40111 SET SQL_NOTES=IFNULL(@OLD_SQL_NOTES, 1) */;\r
`;
test('A dump of HeidiSQL, with line ends and the mark of Windows, counts as complete with its own end.', async () => {
  await upload(`\uFEFFCREATE DATABASE \`shop\`;\r\nUSE \`shop\`;\r\n${heidiSql.slice(0, -60)}`);
  await assertRefused(/is incomplete/);
  await upload(`\uFEFFCREATE DATABASE \`shop\`;\r\nUSE \`shop\`;\r\n${heidiSql}`);
  await run();
  const written = await site.read(home, dump);
  assert.doesNotMatch(written, /shop|\uFEFF/);
  assert.ok(written.includes(tablesOf('wp_')));
});

test('A dump in UTF-16, as PowerShell writes it, is refused with what to do.', async () => {
  const bytes = Buffer.from(`\uFEFF${tablesOf('wp_')}${end}`, 'utf16le');
  await upload('');
  for (const text of [bytes, Buffer.from(bytes).swap16()]) {
    await writeFile(site.path('import/example.com', dump), text);
    await assertRefused(/is in UTF-16, as PowerShell .* --result-file=dump\.sql/);
  }
});

test('A dump that is packed as import does not read it is refused, and no new WordPress takes its place.', async () => {
  for (const name of [
    'mysql/dump.sql.zip',
    'mysql/database.tar.xz',
    'backup.sql.bz2',
    'wordpress/shop.SQL.7z',
  ]) {
    const own = await makeSite();
    const files = { 'wordpress/wp-content/a.css': 'a', [name]: 'packed' };
    await own.write(
      Object.fromEntries(Object.entries(files).map(([file, text]) => [`import/example.com/${file}`, text])),
    );
    await assert.rejects(own.run(['example.com', '--app', 'wordpress']), {
      message: new RegExp(`${name.replaceAll('.', '\\.')} is not a dump that import can read. Unpack it`),
    });
    assert.deepEqual(await readdir(own.path('domains')), []);
    await own.remove();
  }
});

test("A packed dump that would use the host's reserve of disk is unpacked only once there is room.", async () => {
  await upload('');
  const rows = `INSERT INTO wp_posts VALUES ('${'x'.repeat(1_000_000)}');\n`.repeat(3);
  await rm(site.path('import/example.com', dump));
  await writeFile(site.path('import/example.com', `${dump}.gz`), gzipSync(tablesOf('wp_') + rows + end));
  await assert.rejects(
    run({ FREEHOLD_DISK_RESERVE_MB: '900000000' }),
    /disk of .* is full: .* reserved for the host/,
  );
  const left = await readdir(site.path(home, 'mysql'));
  assert.ok(!left.includes('dump.sql') && !left.includes('.dump.sql.import'), left.join());
  await run();
  assert.ok((await site.read(home, dump)).includes(rows));
});
