// Content in /data/import that tries to reach foreign files.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { badLinks, goodLinks } from './links-under-test.ts';
import { execute, isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

const uploaded = 'import/example.com';
const web = `${uploaded}/static/www-content`;
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
  await site.write({ [`${web}/index.html`]: 'mine', 'secret.txt': 'secret' });
});
afterEach(() => site.remove());

async function assertRefused(reason: RegExp): Promise<void> {
  await assert.rejects(site.run(), { name: 'FreeholdError', message: reason });
  assert.equal(await site.read(web, 'index.html'), 'mine', 'it stays in place');
  assert.deepEqual(await readdir(site.path('domains')), [], 'nothing has moved');
}

test('A pipe is refused with its path, without waiting for it.', async () => {
  await execute('mkfifo', [site.path(web, 'pipe')]);
  await assertRefused(/www-content\/pipe is a pipe, which cannot be imported/);
});

test('A socket is refused with its path.', async () => {
  const server = createServer().listen(site.path(web, 'socket'));
  await once(server, 'listening');
  await assertRefused(/www-content\/socket is a socket, which cannot be imported/);
  server.close();
});

test('A device is refused with its path.', {
  skip: isRoot ? false : 'only root can create one',
}, async (context) => {
  const { code } = await execute('mknod', [site.path(web, 'zero'), 'c', '1', '5']);
  if (code !== 0) return context.skip('devices cannot be created here');
  await assertRefused(/www-content\/zero is a device, which cannot be imported/);
});

test('A hard link to a file elsewhere is refused, and one within the upload is accepted.', async () => {
  await chmod(site.path('secret.txt'), 0o600);
  await link(site.path('secret.txt'), site.path(web, 'mine.txt'));
  await assertRefused(/www-content\/mine\.txt is a hard link to a file outside/);
  assert.equal((await stat(site.path('secret.txt'))).mode & 0o777, 0o600);
  await rm(site.path(web, 'mine.txt'));
  await link(site.path(web, 'index.html'), site.path(web, 'again.html'));
  await site.run();
  assert.equal(await site.read('domains/example.com/static/www-content/again.html'), 'mine');
});

test('A hard link to a file that must have another owner is refused.', async () => {
  await site.write({ [`${uploaded}/TLS/key.pem`]: 'key' });
  await link(site.path(uploaded, 'TLS/key.pem'), site.path(web, 'key.txt'));
  await assertRefused(/is a hard link to .*, which must have another owner/);
});

for (const [path, target, reason] of badLinks) {
  test(`A symbolic link ${path} to ${target} is refused.`, async () => {
    await mkdir(dirname(site.path(uploaded, path)), { recursive: true });
    await symlink(target, site.path(uploaded, path));
    await assertRefused(reason);
  });
}

test('Symbolic links that stay within the site are imported.', async () => {
  for (const [path, target] of goodLinks) {
    await mkdir(dirname(site.path(uploaded, path)), { recursive: true });
    await symlink(target, site.path(uploaded, path));
  }
  await site.run();
  for (const [path, target] of goodLinks) {
    assert.equal(await readlink(site.path('domains/example.com', path)), target);
  }
});

test('A symbolic link that appears after the check moves the upload back to its place.', async () => {
  await site.write({ 'domains/.example.com.arriving/static/www-content/late.html': 'late' });
  await symlink('/etc', site.path('domains/.example.com.arriving/static/www-content/link'));
  await rename(site.path(uploaded), site.path('elsewhere'));
  await assert.rejects(site.run(), /link is a symbolic link with an absolute target/);
  assert.equal(await site.read(web, 'late.html'), 'late');
  assert.deepEqual(await readdir(site.path('domains')), []);
});

test('A link instead of a folder of the domain is refused.', async () => {
  await rename(site.path(web), site.path('moved'));
  await symlink(site.path('moved'), site.path(web));
  await assert.rejects(site.run(), /www-content must be a folder but is a symbolic link/);
  await rm(site.path(web));
  await rename(site.path('moved'), site.path(web));
  await symlink('/etc', site.path(uploaded, 'mysql'));
  await assertRefused(/example\.com\/mysql is a symbolic link instead of a folder/);
});

test('A link instead of the whole upload is refused.', async () => {
  await rename(site.path(uploaded), site.path('moved'));
  await symlink(site.path('moved'), site.path(uploaded));
  await assert.rejects(site.run(), /import\/example\.com must be a folder but is a symbolic link/);
});

test('A link instead of the web root of a site is not served.', async () => {
  await mkdir(site.path('domains/example.com/static'), { recursive: true });
  await symlink('/etc', site.path('domains/example.com/static/www-content'));
  await assert.rejects(site.run(), /www-content must be a folder but is a symbolic link/);
});

test('Endlessly nested folders are refused, and names of any bytes are imported.', async () => {
  const names = Buffer.concat([Buffer.from(site.path(web)), Buffer.from('/\xff\xfe\n<b>', 'latin1')]);
  await writeFile(names, 'bytes');
  await writeFile(site.path(web, 'n'.repeat(255)), 'long');
  const deep = site.path(web, ...Array.from({ length: 210 }, () => 'd'));
  await mkdir(deep, { recursive: true });
  await writeFile(`${deep}/file`, 'x');
  await assertRefused(/is nested more than 200 folders deep/);
  await rm(site.path(web, 'd'), { recursive: true });
  await site.run();
  const folder = Buffer.from(site.path('domains/example.com/static/www-content'));
  const found = await readdir(folder, { encoding: 'buffer' });
  const odd = found.find((name) => name[0] === 0xff) as Buffer;
  assert.equal(await readFile(Buffer.concat([folder, Buffer.from('/'), odd]), 'utf8'), 'bytes');
});
