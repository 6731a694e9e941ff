import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { syncFileSystem } from './sync-file-system.ts';

/** Runs with a program in place of sync, as this process finds it. */
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

test('The file system of a path is synced, and no other.', async () => {
  await syncFileSystem('/tmp');
  await withSync('echo "$@" >"$2/said"', async (folder) => {
    await syncFileSystem(folder);
    assert.equal(await readFile(join(folder, 'said'), 'utf8'), `-f ${folder}\n`);
  });
});

test('A sync that fails says why.', async () => {
  await assert.rejects(syncFileSystem('/nowhere'), {
    name: 'FreeholdError',
    message: /file system of \/nowhere could not be put on disk: sync: .*No such file/,
  });
  await withSync('echo "error syncing: No space left" >&2; exit 1', async (folder) => {
    await assert.rejects(syncFileSystem(folder), /could not be put on disk: error syncing: No space left\.$/);
  });
  await withSync('kill -9 $$', async (folder) => {
    await assert.rejects(syncFileSystem(folder), /could not be put on disk: sync ended with SIGKILL\.$/);
  });
});

test('A disk that takes its time does not keep a stopped program.', async () => {
  await withSync('exec sleep 60', async (folder) => {
    const abort = new AbortController();
    const synced = syncFileSystem(folder, abort.signal);
    abort.abort(new Error('Stopped.'));
    await assert.rejects(synced, /^Error: Stopped\.$/);
  });
});
