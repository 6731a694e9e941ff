import assert from 'node:assert/strict';
import { lstat, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { append } from './host-acts.ts';

test('settings are appended to the file that a symbolic link leads to', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const [file, link] = [join(path, 'real.env'), join(path, 'host.env')];
  await writeFile(file, 'A=1', { mode: 0o640 });
  await symlink('real.env', link);
  await append(link, 'B=2\n');
  assert.equal(await readFile(file, 'utf8'), 'A=1\nB=2\n');
  assert.ok((await lstat(link)).isSymbolicLink());
  assert.equal((await lstat(file)).mode & 0o777, 0o640);
});
