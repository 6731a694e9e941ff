import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { deleteEmptyFolders, holdsFile } from './look.ts';
import { areOnOneDisk, sizeOf, stateOf } from './source-state.ts';

const { signal } = new AbortController();

async function prepare(context: TestContext): Promise<string> {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  await mkdir(join(path, 'site/pages'), { recursive: true });
  await writeFile(join(path, 'site/pages/one'), 'x'.repeat(5000));
  await symlink('site', join(path, 'link'));
  return path;
}

test('the state of a source changes with each file in it, also behind a symbolic link', async (context) => {
  const path = await prepare(context);
  for (const source of [join(path, 'site'), join(path, 'link')]) {
    const states = [await stateOf(source, signal), await stateOf(source, signal)];
    assert.equal(states[0], states[1]);
    await appendFile(join(path, 'site/pages/one'), 'y');
    states.push(await stateOf(source, signal));
    await rename(join(path, 'site/pages/one'), join(path, 'site/pages/two'));
    states.push(await stateOf(source, signal));
    await rename(join(path, 'site/pages/two'), join(path, 'site/pages/one'));
    assert.equal(new Set(states).size, 3);
  }
});

test('the size of a source is that of its files, also behind a symbolic link', async (context) => {
  const path = await prepare(context);
  for (const name of ['site', 'link']) assert.ok((await sizeOf(join(path, name), signal)) >= 5000, name);
  assert.equal(await sizeOf(join(path, 'site/pages/one'), signal), 5000);
});

test('paths are compared by the disks that they lead to', async (context) => {
  const path = await prepare(context);
  assert.equal(await areOnOneDisk([join(path, 'site'), path], signal), true);
  await symlink('/proc', join(path, 'elsewhere'));
  assert.equal(await areOnOneDisk([join(path, 'elsewhere'), path], signal), false);
});

test('folders without files are no import, and are deleted', async (context) => {
  const path = await prepare(context);
  await mkdir(join(path, 'empty/a/b'), { recursive: true });
  await mkdir(join(path, 'site/empty'));
  assert.deepEqual(
    [await holdsFile(join(path, 'empty')), await holdsFile(join(path, 'site'))],
    [false, true],
  );
  for (const name of ['empty', 'site', 'none']) await deleteEmptyFolders(join(path, name));
  assert.deepEqual(
    ['empty', 'site/empty', 'site/pages/one'].map((name) => existsSync(join(path, name))),
    [false, false, true],
  );
});
