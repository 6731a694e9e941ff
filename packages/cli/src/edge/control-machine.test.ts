import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { readNames } from './control-machine.ts';
import { bindName } from './deploy/host-name.ts';

test('a file of names that cannot be read is not taken for an empty one', async (context) => {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  assert.equal((await readNames({ FREEHOLD_CONFIG: folder.path })).size, 0);
  await mkdir(join(folder.path, 'names'));
  await assert.rejects(
    readNames({ FREEHOLD_CONFIG: folder.path }),
    /^FreeholdError: Cannot read .*\/names: EISDIR/,
  );
  await assert.rejects(
    bindName(folder.path, { server: 'h1', name: 'h1', signal: new AbortController().signal }),
    /Cannot read/,
  );
});
