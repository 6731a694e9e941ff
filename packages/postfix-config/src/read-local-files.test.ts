import assert from 'node:assert/strict';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { createLocalReader } from './read-local-files.ts';

/** Reads as a user other than root, to whom no mode would apply. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(10001);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('if a file is no longer readable, its last known content applies, and the log explains what to do', async () => {
  const folder = await temporaryFolder();
  try {
    await chmod(folder.path, 0o755);
    const file = join(folder.path, 'forwards.local');
    const read = createLocalReader({ folder: folder.path, limit: 50 });
    assert.deepEqual([...(await read()).forwards.keys()], []);
    await writeFile(file, 'info@a.test x@else.test\n', { mode: 0o644 });
    assert.deepEqual([...(await read()).forwards.keys()], ['info@a.test']);
    await writeFile(file, 'other@a.test x@else.test\n');
    await chmod(file, 0o600);
    if (process.geteuid?.() !== 0) await chmod(file, 0);
    const { forwards, faults } = await asNobody(read);
    assert.deepEqual([...forwards.keys()], ['info@a.test']);
    assert.deepEqual(
      faults.map(({ subject }) => subject),
      ['New content in forwards.local'],
    );
    assert.match(
      faults[0]?.reason ?? '',
      /^it could not be read \(EACCES\) by the user \d+: chmod 644 \/.*last/,
    );
    await assert.rejects(asNobody(createLocalReader({ folder: folder.path, limit: 50 })), {
      name: 'FreeholdError',
      message: new RegExp(
        `^${file} has never been read: it could not be read \\(EACCES\\) by the user .*chmod 644`,
      ),
    });
    await chmod(file, 0o644);
    assert.deepEqual([...(await asNobody(read)).forwards.keys()], ['other@a.test']);
    await rm(file);
    await mkdir(file);
    assert.match((await read()).faults[0]?.reason ?? '', /^it could not be read \(EISDIR\); its last known/);
  } finally {
    await folder.remove();
  }
});
