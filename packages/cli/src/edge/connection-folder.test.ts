import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { makeConnectionFolder } from './connection-folder.ts';

test('a runtime folder that is too long for sockets, or missing, is not used', async (context) => {
  for (const [runtime, parent] of [
    [undefined, '/tmp'],
    ['/dev/shm', '/dev/shm'],
    ['/run/user/missing', '/tmp'],
    [`/dev/shm/${'.//'.repeat(9)}`, '/tmp'],
  ] as const) {
    const folder = await makeConnectionFolder({ XDG_RUNTIME_DIR: runtime });
    context.after(() => rm(folder, { recursive: true }));
    assert.equal(dirname(folder), parent);
  }
});
