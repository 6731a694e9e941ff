import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { lookAtSource } from './look-at-source.ts';

/** A folder with these files, and what is seen of it by a site of pages. Paths are given without the folder. */
async function look(context: TestContext, ...files: string[]) {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  for (const file of files) {
    await mkdir(join(path, dirname(file)), { recursive: true });
    await writeFile(join(path, file), 'x');
  }
  const { seen } = await lookAtSource(path, { domain: 'a.test', pagesFolder: 'static/www-content' });
  assert.equal(seen.kind, 'folder');
  return { ...seen, path, pages: seen.pages?.replace(path, '.') };
}

test('pages are found at the top, in a usual folder, and below a single folder', async (context) => {
  const pagesOf = async (...files: string[]) => (await look(context, ...files)).pages;
  assert.equal(await pagesOf('index.html', 'static/x'), '.');
  assert.equal(await pagesOf('index.htm'), '.');
  assert.equal(await pagesOf('public_html/index.html', 'logs/x'), './public_html');
  assert.equal(await pagesOf('repo-main/_site/index.html', 'repo-main/x', '.git/x'), './repo-main/_site');
  assert.equal(await pagesOf('site/index.html', 'TLS/a.test.pem', '__MACOSX/x'), './site');
  assert.equal(await pagesOf('notes.txt'), '.', 'whatever it is, it is published');
  assert.equal(await pagesOf('one/x', 'two/x'), '.');
});

test('a tree of /data/domains is not taken for pages', async (context) => {
  const tree = await look(context, 'static/www-content/index.html', 'TLS/a.test.pem');
  assert.deepEqual([tree.pages, tree.hasKey], [undefined, true]);
  assert.equal((await look(context, 'TLS/a.test.pem')).pages, undefined, 'a certificate alone');
});

test('several folders of pages are refused', async (context) => {
  await assert.rejects(
    look(context, 'html/index.html', 'dist/index.html'),
    /There are pages in \S+html \S+dist, but the site can have only one/,
  );
});

test('an archive is known by its name, and links are seen', async (context) => {
  const { path } = await look(context, 'X.TAR.GZ', 'x.rar', 'real/index.html');
  const see = async (name: string) =>
    (await lookAtSource(join(path, name), { domain: 'a.test', pagesFolder: 'static/www-content' })).seen;
  assert.deepEqual(await see('X.TAR.GZ'), { kind: 'file', ending: '.tar.gz', link: undefined });
  assert.deepEqual(await see('x.rar'), { kind: 'file', ending: undefined, link: undefined });
  assert.deepEqual(await see('none'), { kind: 'missing' });
  await symlink('real', join(path, 'linked'));
  assert.equal((await see('linked')).kind, 'folder');
  assert.match(JSON.stringify(await see('linked')), /"link":"[^"]+\/real"/);
  await mkdir(join(path, 'outer'));
  await symlink('../real', join(path, 'outer/html'));
  assert.match(JSON.stringify(await see('outer')), /"link":"[^"]+\/real"/, 'a folder of pages too');
});
