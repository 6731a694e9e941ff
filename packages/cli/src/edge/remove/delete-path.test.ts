import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { besideOf, deletePath } from './delete-path.ts';

const { signal } = new AbortController();

test('of a symbolic link only the link is deleted, and its target is told', async (context) => {
  const { path: folder, remove } = await temporaryFolder();
  context.after(remove);
  await mkdir(join(folder, 'volume'));
  await writeFile(join(folder, 'volume/file'), 'kept');
  await symlink('volume', join(folder, 'a.test'));
  await symlink('nothing', join(folder, 'b.test'));
  const options = { signal, atOnce: true };
  assert.equal((await deletePath(join(folder, 'a.test'), options)).target, join(folder, 'volume'));
  assert.equal((await deletePath(join(folder, 'b.test'), options)).target, join(folder, 'nothing'));
  assert.equal(await readFile(join(folder, 'volume/file'), 'utf8'), 'kept');
  assert.deepEqual(await readdir(folder), ['volume']);
});

test('a folder is deleted, and what an interrupted run has left beside it', async (context) => {
  const { path: folder, remove } = await temporaryFolder();
  context.after(remove);
  const site = join(folder, 'a.test');
  for (const path of [site, besideOf(site)]) {
    await mkdir(path);
    await symlink('/', join(path, 'link'));
  }
  await deletePath(besideOf(site), { signal, atOnce: true });
  assert.deepEqual(await readdir(folder), ['a.test']);
  await mkdir(besideOf(site));
  await deletePath(site, { signal, atOnce: true });
  assert.deepEqual(await deletePath(site, { signal }), {});
  assert.deepEqual(await readdir(folder), []);
});

test('the root of a mounted file system is emptied, and stays', async (context) => {
  const { path: folder, remove } = await temporaryFolder();
  const site = join(folder, 'a.test');
  await mkdir(site);
  if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', site]).status !== 0) {
    await remove();
    return context.skip('Only root may mount.');
  }
  context.after(() => {
    spawnSync('umount', [site]);
    return remove();
  });
  for (const atOnce of [true, false]) {
    await mkdir(join(site, '.hidden/folder'), { recursive: true });
    await writeFile(join(site, 'file'), 'x');
    assert.equal((await deletePath(site, { signal, atOnce })).isMounted, true);
    assert.deepEqual(await readdir(site), []);
  }
  assert.deepEqual(await readdir(folder), ['a.test']);
});
