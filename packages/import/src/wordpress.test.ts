// A WordPress and its database: created from nothing, imported, or refused.
import assert from 'node:assert/strict';
import { chmod, link, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { tar } from './archive-under-test.ts';
import { isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';
import { tablesOf } from './wordpress/dump-under-test.ts';

const home = 'domains/example.com';
const whole = `${tablesOf('wp_')}\n-- Dump completed on 2026-01-01  1:00:00\n`;
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const run = (of = site) => of.run(['example.com', '--app', 'wordpress']);
const upload = (files: Record<string, string>) =>
  site.write(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`import/example.com/${name}`, text])),
  );
const theme = { 'wordpress/wp-content/themes/one/style.css': '/* one */' };

/** The values of an .env file. */
async function values(path: string, of = site): Promise<Record<string, string>> {
  const lines = (await of.read(home, path)).split('\n').filter((line) => /^[^#]/.test(line));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)));
}

async function kept(path: string): Promise<string> {
  const { uid, gid, mode } = await stat(site.path(home, path));
  return `${isRoot ? `${uid}:${gid} ` : ''}${(mode & 0o7777).toString(8)}`;
}
const keptAs = (owner: string, mode: string) => `${isRoot ? `${owner} ` : ''}${mode}`;

async function assertKept(expected: Record<string, [string, string]>): Promise<void> {
  for (const [path, [owner, mode]] of Object.entries(expected))
    assert.equal(await kept(path), keptAs(owner, mode), path);
}

/** Nothing was imported, and the upload is in its place. */
async function assertRefused(reason: RegExp): Promise<void> {
  await assert.rejects(run(), { name: 'FreeholdError', message: reason });
  assert.deepEqual(await readdir(site.path('domains')), []);
  assert.notDeepEqual(await readdir(site.path('import')), []);
}

test('Without data, a new WordPress is created, with secrets that nobody else has or can read.', async () => {
  const lines = await run();
  assert.match(lines.join(), /created a new WordPress/);
  const [mysql, wordpress] = [await values('mysql/.env'), await values('wordpress/.env')];
  assert.match(mysql.MYSQL_PASS ?? '', /^[\w-]{43}$/);
  assert.match(wordpress.SALT ?? '', /^[\w-]{43}$/);
  assert.notEqual(wordpress.SALT, wordpress.DB_PASS);
  const login = await site.read(home, 'wordpress/login.txt');
  assert.match(login, /^owner [\w-]{24}\n$/);
  assert.match(
    lines.join(),
    /WordPress is installed when example\.com starts\..* are in \S+wordpress\/login\.txt/,
  );
  assert.deepEqual(wordpress, {
    DB_NAME: 'wordpress',
    DB_USER: 'wordpress',
    DB_PASS: mysql.MYSQL_PASS,
    SALT: wordpress.SALT,
  });
  assert.match(await site.read(home, 'wordpress/.htaccess'), /RewriteRule \. \/index\.php/);
  for (const secret of [mysql.MYSQL_PASS, wordpress.SALT, login.split(' ')[1]?.trim()])
    assert.doesNotMatch(lines.join(), new RegExp(`${secret}`));
  await assertKept({
    mysql: ['0:0', '755'],
    'mysql/.env': ['0:0', '600'],
    wordpress: ['0:0', '755'],
    'wordpress/.env': ['0:0', '600'],
    'wordpress/login.txt': ['0:0', '600'],
    'wordpress/.htaccess': ['10002:10002', '644'],
    'wordpress/wp-content': ['10002:10002', '755'],
  });
  const other = await makeSite();
  await run(other);
  assert.notEqual((await values('mysql/.env', other)).MYSQL_PASS, mysql.MYSQL_PASS);
  assert.notEqual(await other.read(home, 'wordpress/login.txt'), login);
  await other.remove();
});

test('A second run changes nothing.', async () => {
  await run();
  const before = await stat(site.path(home, 'wordpress/.env'));
  assert.match((await run()).join(), /wp-content exists and is kept/);
  assert.equal((await stat(site.path(home, 'wordpress/.env'))).ctimeMs, before.ctimeMs);
});

test('An existing site is imported with its dump, its content and its rewrite rules, also from an archive.', async () => {
  const files = {
    ...theme,
    'wordpress/.htaccess': '# mine\n',
    'wordpress/login.txt': 'admin',
    'mysql/dump.sql': `USE \`wordpress\`;\n${whole}`,
  };
  await mkdir(site.path('import'));
  const entries = Object.entries(files).map(([path, content]) => ({ path, content, mode: 0o777 }));
  await writeFile(site.path('import/example.com.tar'), tar(...entries));
  await run();
  assert.equal(await site.read(home, 'wordpress/.htaccess'), '# mine\n');
  assert.equal(await site.read(home, 'mysql/dump.sql'), files['mysql/dump.sql']);
  await assertKept({
    'mysql/dump.sql': ['0:10004', '640'],
    'wordpress/login.txt': ['0:0', '600'],
    'wordpress/.htaccess': ['10002:10002', '644'],
    'wordpress/wp-content/themes/one/style.css': ['10002:10002', '644'],
  });
});

test('The secrets of the original system stay, and values missing from one file are taken from the other.', async () => {
  await upload({
    ...theme,
    'mysql/.env': "MYSQL_PASS=o'ld p=ss\n",
    'wordpress/.env': "DB_PASS=o'ld p=ss\n",
  });
  await run();
  const { SALT: added, ...before } = await values('wordpress/.env');
  assert.match(added ?? '', /^[\w-]{43}$/, 'a new site is given one');
  assert.deepEqual(before, { DB_PASS: "o'ld p=ss" });
  await rm(site.path(home, 'wordpress/.env'));
  await run();
  const { SALT, ...rest } = await values('wordpress/.env');
  assert.match(SALT ?? '', /^[\w-]{43}$/);
  assert.deepEqual(rest, { DB_NAME: 'wordpress', DB_USER: 'wordpress', DB_PASS: "o'ld p=ss" });
});

test('Secrets that do not match are refused without being printed.', async () => {
  await upload({ ...theme, 'mysql/.env': 'MYSQL_PASS=one\n', 'wordpress/.env': 'DB_PASS=two\n' });
  await assertRefused(/password in \S*mysql\/\.env differs from the one in \S*wordpress\/\.env/);
  await upload({ 'wordpress/.env': 'DB_PASS=one\nDB_NAME=blog\n' });
  await assertRefused(/database in \S*mysql\/\.env differs from the one in/);
  await upload({ 'wordpress/.env': 'DB_NAME=blog\n' });
  await assertRefused(/wordpress\/\.env has no DB_PASS/);
  await upload({ 'wordpress/.env': 'DB_PASS=one\nFREEHOLD_ETCD\n' });
  await assertRefused(/wordpress\/\.env has no NAME=value in line 2/);
});

test('A dump whose end is missing is refused, wherever it was cut.', async () => {
  for (const cut of ['', whole.slice(0, -45), whole.slice(0, 20), `${whole}INSERT INTO`]) {
    await upload({ ...theme, 'mysql/dump.sql': cut });
    await assertRefused(/dump\.sql is incomplete: its last line is not that of mysqldump/);
  }
});

test('A WordPress that was in use is neither imported nor started without its database.', async () => {
  await upload({ ...theme, 'wordpress/wp-content/uploads/2026/a.png': 'a' });
  await assertRefused(
    /mysql\/dump\.sql is missing, but \S+\/uploads contains files of a WordPress that was in use/,
  );
  await upload({ 'mysql/dump.sql': whole });
  await run();
  await rm(site.path(home, 'mysql/dump.sql'));
  await assert.rejects(run(), /mysql\/dump\.sql is missing/);
  await mkdir(site.path('runtime/domains/example.com/mysql/db_files'), { recursive: true });
  await run();
});

test('login.txt is created only for a site that still has to be installed.', async () => {
  const database = 'runtime/domains/example.com/mysql/db_files';
  const login = 'wordpress/login.txt';
  await upload({ ...theme, 'wordpress/login.txt': 'of another database' });
  await run();
  const made = await site.read(home, login);
  assert.match(made, /^owner /);
  assert.equal(await site.read(home, `${login}.old`), 'of another database');
  await site.write({
    [`${database}/wordpress/freehold_installing.frm`]: '',
    [`${database}/mysql/a.frm`]: '',
  });
  await site.write({ [`${database}/wordpress/wp_options.frm`]: '' });
  await rm(site.path(home, login));
  await run();
  assert.equal(await site.read(home, login), made, 'the installation was interrupted');
  await rm(site.path(database, 'wordpress/freehold_installing.frm'));
  await rm(site.path(home, login));
  await run();
  await assert.rejects(site.read(home, login), { code: 'ENOENT' });
});

test('An invalid database name is refused before anything moves.', async () => {
  for (const name of ['my-blog', 'mysql', 'x'.repeat(65)]) {
    await upload({ ...theme, 'mysql/.env': `MYSQL_PASS=p\nMYSQL_DATABASE=${name}\n` });
    await assertRefused(
      /MYSQL_DATABASE in \S+mysql\/\.env is "[^"]+", but must consist of at most 64 letters, digits and underscores/,
    );
  }
});

test('A link in wp-content that leads out is refused, and so is one instead of a dump or a secret.', async () => {
  await upload(theme);
  await symlink('/etc/passwd', site.path('import/example.com/wordpress/wp-content/passwd'));
  await assertRefused(/wp-content\/passwd is a symbolic link with an absolute target/);
  await rm(site.path('import/example.com/wordpress/wp-content/passwd'));
  await upload({ 'mysql/other.sql': whole });
  await symlink('other.sql', site.path('import/example.com/mysql/dump.sql'));
  await assertRefused(/dump\.sql is a symbolic link instead of a dump/);
  await rm(site.path('import/example.com/mysql/dump.sql'));
  await symlink('wp-content/themes/one/style.css', site.path('import/example.com/wordpress/.env'));
  await assertRefused(/wordpress\/\.env was not read because it is a symbolic link or lies behind one/);
});

test('A link that the owner put in place of a file that Docker reads prevents the start of the site.', async () => {
  await run();
  await site.write({ 'domains/other.test/mysql/.env': 'MYSQL_PASS=of another\n' });
  for (const name of ['mysql/.env', 'wordpress/.htaccess', 'mysql/dump.sql']) {
    const path = site.path(home, name);
    await rm(path, { force: true });
    await symlink(site.path('domains/other.test/mysql/.env'), path);
    await assert.rejects(run(), /must be a file but is a link or something else/);
    await rm(path);
    await run();
  }
  await rm(site.path(home, 'mysql/.env'));
  await link(site.path('domains/other.test/mysql/.env'), site.path(home, 'mysql/.env'));
  await assert.rejects(run(), /mysql\/\.env is not a regular file/);
});

test('Modes that are too permissive are corrected.', async () => {
  await upload({ ...theme, 'mysql/dump.sql': whole });
  await run();
  for (const name of ['wordpress', 'mysql', 'mysql/dump.sql', 'mysql/.env'])
    await chmod(site.path(home, name), 0o777);
  await run();
  await assertKept({
    wordpress: ['0:0', '755'],
    'mysql/.env': ['0:0', '600'],
    'mysql/dump.sql': ['0:10004', '640'],
  });
});
