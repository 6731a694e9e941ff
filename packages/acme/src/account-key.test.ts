import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { ensureAccountKey } from './account-key.ts';

test('the key is created once and unreadable for others, also by simultaneous runs', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'acme/account.pem');
  const keys = await Promise.all(Array.from({ length: 5 }, () => ensureAccountKey(path)));
  assert.equal(new Set(keys.map(({ thumbprint }) => thumbprint)).size, 1);
  assert.match(keys[0]?.thumbprint ?? '', /^[A-Za-z0-9_-]{43}$/);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(folder.path, 'acme')), ['account.pem']);
  assert.equal((await ensureAccountKey(path)).pem, await readFile(path, 'utf8'));
  await folder.remove();
});

test('a damaged key is reported and stays', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'account.pem');
  await writeFile(path, 'nonsense');
  await assert.rejects(ensureAccountKey(path), {
    message: /account\.pem is damaged .* restore it from a backup/,
  });
  assert.equal(await readFile(path, 'utf8'), 'nonsense');
  await folder.remove();
});
