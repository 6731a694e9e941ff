import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { link, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { packing } from './send-upload.ts';

test('hard and symbolic links of a folder of pages arrive as they are', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const [at, notes, out] = [join(path, 'site'), join(path, 'notes'), join(path, 'out')];
  for (const folder of [at, notes, out]) await mkdir(folder);
  await writeFile(join(at, 'a'), 'x');
  await link(join(at, 'a'), join(at, 'b'));
  await symlink('./a', join(at, 'c'));
  await writeFile(join(notes, '.whole'), '');
  const [program, ...words] = packing({ kind: 'pages', at, folder: 'static/www-content' }, notes);
  execFileSync('tar', ['--extract', '--no-same-owner', `--directory=${out}`], {
    input: execFileSync(program, words),
  });
  const pages = join(out, 'static/www-content');
  assert.equal(await readFile(join(pages, 'b'), 'utf8'), 'x');
  assert.equal((await stat(join(pages, 'a'))).ino, (await stat(join(pages, 'b'))).ino);
  assert.equal(await readlink(join(pages, 'c')), './a');
  assert.ok((await stat(join(out, '.whole'))).isFile());
});
