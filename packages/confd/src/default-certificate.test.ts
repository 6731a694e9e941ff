import assert from 'node:assert/strict';
import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { copyOf, createCertificateCopies } from './certificate-copies.ts';
import { readDefault } from './default-certificate.ts';

async function start() {
  const temporary = await temporaryFolder();
  const folder = temporary.path;
  const copies = createCertificateCopies(folder);
  /** Writes a valid one, which gets a copy of some age in seconds. */
  const install = async (age: number) => {
    const { certificate, key } = await makeCertificate(['default.test']);
    await writeFile(join(folder, 'default.pem'), certificate + key);
    const found = (await readDefault(folder)).certificate;
    assert.ok(found);
    await copies.store([found]);
    const at = Date.now() / 1000 - age;
    await utimes(copyOf(folder, found), at, at);
    return found;
  };
  return { folder, install, [Symbol.asyncDispose]: () => temporary.remove() };
}

test('While the file is broken, the last valid certificate is in use, and the fault is reported.', async () => {
  await using started = await start();
  const { folder, install } = started;
  await install(20);
  const last = await install(10);
  await writeFile(join(folder, 'default.pem'), '-----BEGIN CERT');
  const { certificate, faults } = await readDefault(folder);
  assert.deepEqual(certificate, last);
  assert.match(faults[0]?.reason ?? '', /the last valid one stays in use/);
});

test('A copy whose text is not the one that it is named for is not used.', async () => {
  await using started = await start();
  const { folder, install } = started;
  const [older, last] = [await install(20), await install(10)];
  const { certificate, key } = await makeCertificate(['default.test']);
  await writeFile(copyOf(folder, last), certificate + key);
  await writeFile(join(folder, 'default.pem'), '');
  assert.deepEqual((await readDefault(folder)).certificate, older);
});

test('The copy of a version before is the last valid certificate, too.', async () => {
  await using started = await start();
  const { folder, install } = started;
  const last = await install(10);
  await rename(copyOf(folder, last), join(folder, 'served-certs', 'default.pem'));
  await writeFile(join(folder, 'default.pem'), '');
  assert.deepEqual((await readDefault(folder)).certificate, last);
});

test('Without a file there is no default certificate, though there are copies.', async () => {
  await using started = await start();
  const { folder, install } = started;
  await install(10);
  await rm(join(folder, 'default.pem'));
  const { certificate, faults } = await readDefault(folder);
  assert.deepEqual([certificate, faults.length], [undefined, 1]);
});

test('A file that was never valid is a fault, and no certificate.', async () => {
  await using started = await start();
  const { folder } = started;
  await mkdir(join(folder, 'served-certs'));
  await writeFile(join(folder, 'default.pem'), 'broken');
  const { certificate, faults } = await readDefault(folder);
  assert.deepEqual([certificate, faults.length], [undefined, 1]);
});
