// Archives of pages only, and of a site below a single folder.
import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { type TarEntry, tar } from './archive-under-test.ts';
import { assertRefused } from './refusal-under-test.ts';
import { execute, isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

const home = 'domains/example.com';
const web = `${home}/static/www-content`;
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
  await mkdir(site.path('import'));
});
afterEach(() => site.remove());

async function importFiles(...entries: readonly (TarEntry | string)[]): Promise<void> {
  const all = entries.map((entry) => (typeof entry === 'string' ? { path: entry, content: 'mine' } : entry));
  await writeFile(site.path('import/example.com.tar'), tar(...all));
  await site.run();
}

/** All files and links of the domain. */
async function files(): Promise<string[]> {
  const all = await readdir(site.path(home), { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(site.path(home).length + 1))
    .toSorted();
}

for (const [what, before, after] of [
  [
    'at the top',
    ['index.html', 'deep/page.html', 'static/style.css'],
    ['deep/page.html', 'index.html', 'static/style.css'],
  ],
  ['in a single folder', ['repo-main/index.htm', 'repo-main/a.css'], ['a.css', 'index.htm']],
  ['in a single folder named static', ['static/index.html', 'static/a.css'], ['a.css', 'index.html']],
  ["in a folder with the domain's name", ['example.com/index.html'], ['index.html']],
  ['in a folder with its name in upper case', ['WWW.Example.com/index.html'], ['index.html']],
  ['in public_html', ['public_html/index.html', 'public_html/a'], ['a', 'index.html']],
  ['in two single folders', ['backup/site/_site/index.html'], ['index.html']],
] as const) {
  test(`Pages ${what} become the web root.`, async () => {
    await importFiles(...before);
    assert.deepEqual(
      await files(),
      after.map((name) => `static/www-content/${name}`),
    );
    for (const name of ['', 'static', 'static/www-content']) {
      assert.equal((await stat(site.path(home, name))).mode & 0o7777, 0o755, name);
    }
    if (!isRoot) return;
    assert.equal((await stat(site.path(web))).uid, 10002);
    assert.equal((await stat(site.path(home, 'static'))).uid, 0);
  });
}

test('Files beside the folder of the pages are kept, but not served.', async () => {
  await importFiles('repo/package.json', 'repo/static/a.css', 'repo/dist/index.html', 'repo/.env');
  assert.deepEqual(await files(), [
    'repo/.env',
    'repo/package.json',
    'repo/static/a.css',
    'static/www-content/index.html',
  ]);
});

test('A certificate beside the pages stays out of the web root.', async () => {
  await importFiles('index.html', 'TLS/example.com.pem');
  assert.deepEqual(await files(), ['TLS/example.com.pem', 'static/www-content/index.html']);
  assert.equal((await stat(site.path(home, 'TLS/example.com.pem'))).mode & 0o7777, 0o600);
});

test('The whole tree of a site below a single folder is imported.', async () => {
  await importFiles('backup/static/www-content/index.html', 'backup/TLS/note', 'backup/notes.txt');
  assert.deepEqual(await files(), ['TLS/note', 'notes.txt', 'static/www-content/index.html']);
  assert.equal((await stat(site.path(home, 'TLS'))).mode & 0o7777, 0o700);
});

test('Files of macOS and Windows are skipped everywhere.', async () => {
  await importFiles(
    ...['._repo', 'repo/._index.html', 'repo/index.html', 'repo/.DS_Store', 'repo/a/Thumbs.db', 'repo/a/b'],
    ...['__MACOSX/repo/._index.html', '.DS_Store', 'repo/a/desktop.ini', 'repo/a/.well-known'],
  );
  assert.deepEqual(await files(), [
    'static/www-content/a/.well-known',
    'static/www-content/a/b',
    'static/www-content/index.html',
  ]);
});

test('Links among the pages stay links, and one that leads out of the web root is refused.', async () => {
  await importFiles(
    'index.html',
    { path: 'link.html', type: '2', target: 'index.html' },
    { path: 'again.html', type: '1', target: 'link.html' },
    { path: 'hard.html', type: '1', target: 'index.html' },
  );
  for (const name of ['link.html', 'again.html']) {
    assert.equal(await readlink(site.path(web, name)), 'index.html');
    if (isRoot) assert.equal((await lstat(site.path(web, name))).uid, 10002);
  }
  assert.equal((await stat(site.path(web, 'hard.html'))).nlink, 2);
  const other = await makeSite();
  const deep = tar(
    { path: 'a/b/c/d/public_html/index.html' },
    { path: 'a/b/c/d/public_html/up', type: '2', target: '../../../../x' },
  );
  await assertRefused(other, deep, /static\/www-content\/up is a symbolic link that leads out/);
  await other.remove();
});

test('Pages in two folders are refused with both paths; pages at the top take precedence.', async () => {
  const two = tar({ path: 'r/public_html/index.html' }, { path: 'r/dist/index.html' });
  await assertRefused(
    site,
    two,
    /it contains pages in public_html and dist, and only one of these can be the site/,
  );
  await importFiles('r/index.html', 'r/dist/index.html', 'r/www/index.html');
  assert.deepEqual(await files(), [
    'static/www-content/dist/index.html',
    'static/www-content/index.html',
    'static/www-content/www/index.html',
  ]);
});

test('An archive without a front page is refused with the searched places, and how to repack it.', async () => {
  await assertRefused(
    site,
    tar({ path: 'a/page.html' }, { path: 'b/page.html' }),
    /no index\.html at its top, in its only folder or in one of public_html, .*Repack it with: tar -C FOLDER -cf example\.com\.tar \.$/,
  );
});

test('A folder of pages only stays in place and is refused with the commands that rearrange it.', async () => {
  await site.write({
    'import/example.com/public_html/index.html': 'mine',
    'import/example.com/notes.txt': 'x',
  });
  const result = await site.run().catch((error) => error.message);
  const [, commands = ''] = /Move them with: (.*)$/.exec(result) ?? [];
  assert.match(
    result,
    /^Cannot import .*example\.com: its pages are in .*public_html, not in .*static\/www-content/,
  );
  assert.deepEqual(await execute('sh', ['-c', commands]), { code: 0, signal: null, output: '' });
  await site.run();
  assert.deepEqual(await files(), ['notes.txt', 'static/www-content/index.html']);
});

test('The commands for a folder of pages with a certificate beside them do not publish the key.', async () => {
  await site.write({
    'import/example.com/index.html': 'mine',
    'import/example.com/TLS/example.com.pem': 'key',
  });
  const result = await site.run().catch((error) => error.message);
  await execute('sh', ['-c', /Move them with: (.*)$/.exec(result)?.[1] ?? '']);
  await site.run();
  assert.deepEqual(await files(), ['TLS/example.com.pem', 'static/www-content/index.html']);
});
