import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { syncFileSystem } from './sync-file-system.ts';

test('A file system is synced by any path in it, and a path that is not there is named.', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder.path, 'file'), 'text');
  await syncFileSystem(folder.path);
  await assert.rejects(syncFileSystem(join(folder.path, 'missing')), /missing could not be made durable/);
  await folder.remove();
});

test('An abort ends the waiting for the disk with what the signal says.', async () => {
  await assert.rejects(syncFileSystem('/', AbortSignal.abort(new Error('told'))), /told/);
});
