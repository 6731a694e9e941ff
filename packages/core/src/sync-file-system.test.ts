import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { syncFileSystem } from './sync-file-system.ts';

/** Runs with a program in place of sync that this process finds first. */
async function withSync(script: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder();
  const { PATH } = process.env;
  await writeFile(join(folder.path, 'sync'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder.path, 'sync'), 0o755);
  process.env.PATH = `${folder.path}:${PATH}`;
  try {
    await work(folder.path);
  } finally {
    process.env.PATH = PATH;
    await folder.remove();
  }
}

test('Only the file system of the path is synced.', async () => {
  await syncFileSystem('/tmp');
  await withSync('echo "$@" >"$2/output"', async (folder) => {
    await syncFileSystem(folder);
    assert.equal(await readFile(join(folder, 'output'), 'utf8'), `-f ${folder}\n`);
  });
});

test('A sync that fails reports the reason.', async () => {
  await assert.rejects(syncFileSystem('/nowhere'), {
    name: 'FreeholdError',
    message: /^Cannot flush the file system of \/nowhere to disk: sync: .*No such file/,
  });
  await withSync('echo "error syncing: No space left" >&2; exit 1', async (folder) => {
    await assert.rejects(syncFileSystem(folder), /to disk: error syncing: No space left\.$/);
  });
  await withSync('kill -9 $$', async (folder) => {
    await assert.rejects(syncFileSystem(folder), /to disk: sync ended with SIGKILL\.$/);
  });
});

test('A slow disk does not delay the end of a program.', async () => {
  await withSync('exec sleep 60', async (folder) => {
    const abort = new AbortController();
    const synced = syncFileSystem(folder, abort.signal);
    abort.abort(new Error('Stopped.'));
    await assert.rejects(synced, /^Error: Stopped\.$/);
  });
});
