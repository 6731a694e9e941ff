import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../temporary-folder.ts';
import { unpackHaproxy } from './unpack-haproxy.ts';

const execute = promisify(execFile);
const hasImage = await execute('docker', ['image', 'inspect', 'freehold/haproxy']).then(
  () => true,
  () => false,
);
const skip = !hasImage && !process.env.CI && 'Docker or the image freehold/haproxy is not here';

test('HAProxy of the image runs without a container, and is unpacked once.', { skip }, async () => {
  const folder = await temporaryFolder();
  try {
    const [one, again] = [await unpackHaproxy(folder.path), await unpackHaproxy(folder.path)];
    assert.equal(one, again);
    assert.equal((await readdir(folder.path)).length, 1);
    assert.match((await execute(join(one, 'haproxy'), ['-v'])).stdout, /^HAProxy version 3\./);
  } finally {
    await folder.remove();
  }
});
