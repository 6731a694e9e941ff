import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { deleteSent, requireNoneSent } from './sent.ts';

test('what another control machine sends at the same time is not replaced; what an earlier run left is', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const base = join(path, '.add-a.test');
  const put = [
    () => mkdir(join(base, 'static'), { recursive: true }),
    () => writeFile(`${base}.tar.gz`, 'x'),
  ];
  for (const one of put) {
    requireNoneSent('a.test', base);
    await one();
    assert.throws(() => requireNoneSent('a.test', base), /Another run is adding a\.test to this host\. Run/);
    await deleteSent(base);
  }
  requireNoneSent('a.test', base);
});
