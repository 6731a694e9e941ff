// A complete WordPress as it was at another provider: its wp-content is imported, WordPress itself comes from
// the image.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';
import { tablesOf } from './wordpress/dump-under-test.ts';

const home = 'domains/example.com';
const sql = `${tablesOf('x_')}-- Dump completed\n`;
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const run = () => site.run(['example.com', '--app', 'wordpress']);
const complete = {
  'wp-content/themes/one/style.css': '/* one */',
  'wp-content/uploads/a.png': 'a',
  'wp-config.php': "<?php $table_prefix = 'x_'; define('DB_NAME', 'old'); define('DB_PASSWORD', 'secret');",
  'wp-admin/index.php': '<?php',
  'wp-includes/version.php': '<?php',
  'index.php': '<?php',
  '.htaccess': '# mine\n',
  'robots.txt': 'User-agent: *\n',
};
const upload = (folder: string, files: Record<string, string>) =>
  site.write(
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`import/example.com/${folder}${name}`, text]),
    ),
  );

for (const folder of ['', 'wordpress/', 'public_html/', 'backup/htdocs/']) {
  test(`A complete WordPress is imported from '${folder}', and the files that are not imported are set aside.`, async () => {
    await upload(folder, { ...complete, 'old-host.sql': sql });
    const log = (await run()).join();
    assert.match(log, /Imported wp-content and \.htaccess/);
    assert.doesNotMatch(log, /secret/);
    const there = await site.list();
    for (const name of [
      'wordpress/wp-content/themes/one/style.css',
      'wordpress/.htaccess',
      'mysql/dump.sql',
    ]) {
      assert.ok(there.includes(`${home}/${name}`), `${name} in ${there.join(' ')}`);
    }
    assert.equal(await site.read(home, 'wordpress/.htaccess'), '# mine\n');
    assert.match(await site.read(home, 'wordpress/.env'), /^DB_PREFIX=x_$/m);
    assert.deepEqual(
      (await readdir(site.path(home, 'wordpress'))).filter((name) => !name.startsWith('.')),
      ['wp-content'],
    );
    assert.ok(there.includes(`${home}/not-imported/wp-config.php`));
    assert.ok(there.some((path) => path.startsWith(`${home}/not-imported/`) && path.endsWith('robots.txt')));
    const { mode, uid } = await stat(site.path(home, 'not-imported/wp-config.php'));
    assert.equal(mode & 0o777, 0o600);
    if (isRoot) {
      assert.equal(uid, 0);
      assert.equal((await stat(site.path(home, 'wordpress/wp-content/uploads/a.png'))).uid, 10002);
    }
    await run();
  });
}

test('Files that are not part of WordPress are reported, since they are not served.', async () => {
  await upload('', { ...complete, 'shop/index.php': '<?php', 'old-host.sql': sql });
  assert.match((await run()).join(), /not served: robots\.txt, shop\./);
});

test('Several dumps are ambiguous unless one is in its regular place.', async () => {
  await upload('', { ...complete, 'a.sql': sql, 'b.sql.gz': 'x' });
  await assert.rejects(run(), /it contains several dumps, a\.sql and b\.sql\.gz\. Keep the one/);
  assert.deepEqual(await readdir(site.path('domains')), []);
  await upload('', { 'mysql/dump.sql': sql });
  await run();
});

test('A complete WordPress without its dump is refused, and so are two of them.', async () => {
  const { 'wp-content/uploads/a.png': _, ...unused } = complete;
  await upload('', unused);
  await assert.rejects(
    run(),
    /dump\.sql is missing, but \S+wp-config\.php shows that this WordPress was in use/,
  );
  const other = await makeSite();
  await other.write({
    'import/example.com/a/wp-load.php': '',
    'import/example.com/a/wp-content/x': 'x',
    'import/example.com/b/wp-load.php': '',
    'import/example.com/b/wp-content/x': 'x',
  });
  await assert.rejects(
    other.run(['example.com', '--app', 'wordpress']),
    /it contains a WordPress in a and b/,
  );
  await other.remove();
});
