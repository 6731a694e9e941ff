import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { listFiles } from './list-files.ts';

// That of version 0.1, whose servers make the same line.
const former = `folders=(domains/a.test runtime/domains/a.test)
(cd "$1" && find "\${folders[@]}" \\( -type d -printf '%p\\0%y %m %U %G\\0' -o -printf '%p\\0%y %m %U %G %s %Ts %l\\0' \\)) \\
  | LC_ALL=C sort --zero-terminated | sha256sum`;

test('files are listed as all versions list them, and a change of any of them is seen', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  for (const folder of ['domains/a.test/static', 'runtime/domains/a.test'])
    await mkdir(join(path, folder), { recursive: true });
  const file = join(path, 'domains/a.test/static/ünï code\n');
  await writeFile(file, 'one');
  await symlink('/nowhere', join(path, 'domains/a.test/link'));
  const one = await listFiles(path, 'a.test');
  const { stdout } = await promisify(execFile)('bash', ['-c', former, 'bash', path]);
  assert.equal(one, stdout.trimEnd());
  await utimes(file, 1, 1);
  assert.notEqual(await listFiles(path, 'a.test'), one);
});

test('a copy without any folder of the site is a failure', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  await assert.rejects(listFiles(path, 'a.test'), /There are no files of a\.test in/);
});
