import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

const content = 'domains/example.com/static/www-content';
const uploaded = 'import/example.com';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

test('A domain without data gets a welcome page with its name, and the next run keeps it.', async () => {
  assert.match((await site.run()).join(), /example\.com had no data: created a welcome page/);
  const page = await site.read(content, 'index.html');
  assert.match(page, /<h1>example\.com<\/h1>/);
  const lines = await site.run();
  assert.match(lines.join(), /www-content exists and is kept/);
  assert.equal(lines.length, 1);
  assert.equal(await site.read(content, 'index.html'), page);
});

test('An upload becomes the data of the domain and is removed from its place.', async () => {
  await site.write({
    [`${uploaded}/static/www-content/index.html`]: 'mine',
    [`${uploaded}/notes.txt`]: 'x',
  });
  assert.match((await site.run()).join(), /Imported the data of example\.com from .*import\/example\.com/);
  assert.equal(await site.read(content, 'index.html'), 'mine');
  assert.equal(await site.read('domains/example.com/notes.txt'), 'x');
  assert.deepEqual(
    [await readdir(site.path('import')), await readdir(site.path('domains'))],
    [[], ['example.com']],
  );
});

test('The site can read imported files; they have no set-uid bit, and links stay links.', async () => {
  await site.write({
    [`${uploaded}/static/www-content/deep/a.cgi`]: 'a',
    [`${uploaded}/TLS/example.com.pem`]: 'no',
  });
  await chmod(site.path(uploaded, 'static/www-content/deep/a.cgi'), 0o6700);
  await chmod(site.path(uploaded, 'static/www-content/deep'), 0o700);
  await symlink('../../TLS/example.com.pem', site.path(uploaded, 'static/www-content/link'));
  await site.run();
  const deep = await stat(site.path(content, 'deep'));
  const file = await stat(site.path(content, 'deep/a.cgi'));
  assert.deepEqual([deep.mode & 0o7777, file.mode & 0o7777], [0o755, 0o644]);
  assert.equal(await readlink(site.path(content, 'link')), '../../TLS/example.com.pem');
  const [tls, key] = [
    await stat(site.path('domains/example.com/TLS')),
    'domains/example.com/TLS/example.com.pem',
  ];
  assert.deepEqual([tls.mode & 0o777, (await stat(site.path(key))).mode & 0o777], [0o700, 0o600]);
  if (!isRoot) return;
  const link = await lstat(site.path(content, 'link'));
  assert.deepEqual([deep.uid, file.uid, file.gid, link.uid, tls.uid], [10002, 10002, 10002, 10002, 0]);
  assert.equal((await stat(site.path(key))).uid, 0, 'a link is not followed');
  assert.equal((await stat(site.path('domains/example.com/static'))).uid, 0);
  assert.equal((await stat(site.path('runtime/haproxy'))).uid, 10001);
});

test('Empty folders, as Docker creates for a mount, do not count as data.', async () => {
  await mkdir(site.path(content, 'empty'), { recursive: true });
  await site.write({ [`${uploaded}/static/www-content/index.html`]: 'mine' });
  await site.run();
  assert.deepEqual(await readdir(site.path(content)), ['index.html']);
  const other = await makeSite();
  await mkdir(other.path(content), { recursive: true });
  await other.run();
  assert.match(await other.read(content, 'index.html'), /example\.com/);
  await other.remove();
});

test('An upload for a site that has data stays in place, and the site starts.', async () => {
  await site.write({
    [`${content}/index.html`]: 'old',
    [`${uploaded}/static/www-content/index.html`]: 'new',
  });
  const lines = await site.run();
  assert.match(lines.at(-1) ?? '', /^<4>.*import\/example\.com was not imported: .* is not overwritten/);
  assert.deepEqual(
    [await site.read(content, 'index.html'), await site.read(uploaded, 'static/www-content/index.html')],
    ['old', 'new'],
  );
});

test('An upload that conflicts with existing data is reported, and nothing of it moves.', async () => {
  const files = { 'domains/example.com/mysql/dump.sql': 'old', [`${uploaded}/mysql/dump.sql`]: 'new' };
  await site.write({ ...files, [`${uploaded}/static/www-content/index.html`]: 'new' });
  await assert.rejects(site.run(), /Cannot import .*domains\/example\.com\/mysql already exists/);
  assert.equal(await site.read('domains/example.com/mysql/dump.sql'), 'old');
  assert.deepEqual((await readdir(site.path(uploaded))).toSorted(), ['mysql', 'static']);
  assert.deepEqual(await readdir(site.path('domains/example.com')), ['mysql']);
});

test('An upload is added to existing data without touching it, if no names are equal.', async () => {
  await site.write({
    'domains/example.com/TLS/note': 'old',
    [`${uploaded}/static/www-content/index.html`]: 'new',
  });
  await site.run();
  assert.deepEqual(
    [await site.read('domains/example.com/TLS/note'), await site.read(content, 'index.html')],
    ['old', 'new'],
  );
  assert.deepEqual(await readdir(site.path('import')), []);
});

test("An upload without the site's content is refused with a reason.", async () => {
  await site.write({ [`${uploaded}/www/page.html`]: 'new' });
  await assert.rejects(
    site.run(),
    /it contains nothing in static\/www-content, which static@example\.com serves/,
  );
  assert.equal(await site.read(uploaded, 'www/page.html'), 'new');
});

test('An empty upload counts as none.', async () => {
  await mkdir(site.path(uploaded, 'static/www-content'), { recursive: true });
  assert.match((await site.run()).join(), /created a welcome page/);
});

test('The app can be determined from the units that require the data.', async () => {
  await site.run(
    ['example.com', '--required-by', '-'],
    'static@example.com.service mysql@example.com.service\n',
  );
  assert.match(await site.read(content, 'index.html'), /example\.com/);
  await assert.rejects(
    site.run(['example.com', '--required-by', '-'], '\n'),
    /No site needs the data of example\.com/,
  );
  const two = 'static@example.com.service wordpress@example.com.service';
  await assert.rejects(site.run(['example.com', '--required-by', '-'], two), /static@.* and wordpress@/);
});

test('Two concurrent runs import the data once.', async () => {
  await site.write({ [`${uploaded}/static/www-content/index.html`]: 'mine' });
  const logs = await Promise.all([site.run(), site.run(), site.run()]);
  const imports = logs.flat().filter((line) => line.includes('Imported the data'));
  assert.deepEqual([imports.length, await site.read(content, 'index.html')], [1, 'mine']);
});

for (const [argv, reason] of [
  [[], /Missing argument: DOMAIN\. See .import --help./],
  [['example.com'], /Missing option: --app, --required-by or --certificate/],
  [['../etc', '--app', 'static'], /is not a domain name/],
  [['example.com', 'b.test', '--app', 'static'], /Unexpected argument/],
  [['example.com', '--app', 'Static'], /Unknown site app "Static"/],
  [['example.com', '--certificate', '--app', 'static'], /--certificate cannot be combined with --app or/],
  [['example.com', '--certificate', '--required-by', '-'], /--certificate cannot be combined with --app or/],
] as const) {
  test(`The call 'import ${argv.join(' ')}' is refused as a usage error.`, async () => {
    await assert.rejects(site.run(argv), { code: 'usage', message: reason });
    assert.deepEqual(await readdir(site.data), [], 'nothing is created');
  });
}
