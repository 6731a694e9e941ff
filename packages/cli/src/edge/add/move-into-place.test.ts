import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { moveIntoPlace } from './move-into-place.ts';

async function prepare(context: TestContext) {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const [from, to] = [join(path, 'from'), join(path, 'to')];
  await mkdir(from);
  await writeFile(join(from, 'new'), 'x');
  await mkdir(join(to, 'static/www-content'), { recursive: true });
  return { from, to };
}

test('empty folders of an interrupted run do not prevent an import', async (context) => {
  const { from, to } = await prepare(context);
  await moveIntoPlace(from, to);
  assert.deepEqual(await readdir(to), ['new']);
});

test('a folder with a file is not replaced', async (context) => {
  const { from, to } = await prepare(context);
  await writeFile(join(to, 'static/old'), 'x');
  await assert.rejects(moveIntoPlace(from, to), /ENOTEMPTY/);
  assert.deepEqual(await readdir(from), ['new']);
});
