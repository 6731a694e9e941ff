import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { createCertificateCache, readDefaultCertificate } from './certificate-folder.ts';

test('A refresh by name reads only the named files and returns the domains whose certificates changed.', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryFolder();
  stack.defer(() => folder.remove());
  const cache = createCertificateCache(folder.path);
  const write = async (name: string) => {
    const { certificate, key } = await makeCertificate([name]);
    await writeFile(join(folder.path, `${name}.pem`), certificate + key);
  };
  assert.deepEqual(await cache.refresh(), new Set());
  await write('a.test');
  await write('b.test');
  assert.deepEqual(await cache.refresh(['b.test.pem', 'c.test.pem', 'notes.txt']), new Set(['b.test']));
  assert.deepEqual([...cache.found.keys()], ['b.test']);
  assert.deepEqual(
    await cache.refresh(),
    new Set(['a.test']),
    'a full refresh finds the change that was missed',
  );
  assert.deepEqual(await cache.refresh(), new Set());
  await writeFile(join(folder.path, 'a.test.pem'), 'broken');
  assert.deepEqual(await cache.refresh(['a.test.pem']), new Set(['a.test']));
  assert.deepEqual(
    cache.faults().map(({ subject }) => subject),
    [join(folder.path, 'a.test.pem')],
  );
  await rm(join(folder.path, 'a.test.pem'));
  await rm(join(folder.path, 'b.test.pem'));
  assert.deepEqual(
    await cache.refresh(),
    new Set(['b.test']),
    'the broken file never counted as a certificate',
  );
  assert.deepEqual(cache.faults(), []);
});

test('A file with text around its certificate that a server would refuse is a fault.', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryFolder();
  stack.defer(() => folder.remove());
  const cache = createCertificateCache(folder.path);
  const { certificate, key } = await makeCertificate(['a.test']);
  const path = join(folder.path, 'a.test.pem');
  await writeFile(path, `a note\n${certificate}${key}`);
  assert.deepEqual(await cache.refresh(), new Set(['a.test']));
  await writeFile(path, `${certificate}${key}-----BEGIN NOTHING-----\n`);
  await cache.refresh();
  assert.deepEqual([[...cache.found.keys()], cache.faults().map(({ subject }) => subject)], [[], [path]]);
});

test('An empty file, one without a key and one with the key of another certificate are no default certificate.', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryFolder();
  stack.defer(() => folder.remove());
  const path = join(folder.path, 'default.pem');
  const [one, other] = [await makeCertificate(['a.test']), await makeCertificate(['a.test'])];
  for (const text of ['', one.certificate, one.certificate + other.key]) {
    await writeFile(path, text);
    assert.ok('reason' in (await readDefaultCertificate(path)), text);
  }
  await writeFile(path, one.certificate + one.key);
  assert.ok('fingerprint' in (await readDefaultCertificate(path)));
});
