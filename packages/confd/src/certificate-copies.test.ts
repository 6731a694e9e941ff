import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fingerprintOf } from '@freehold/core/certificate-folder';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { copyOf, createCertificateCopies } from './certificate-copies.ts';

async function start() {
  const temporary = await temporaryFolder();
  const folder = temporary.path;
  const approved = join(folder, 'approved-certs');
  await mkdir(approved);
  const certificate = (name: string, text: string) => ({
    path: join(approved, `${name}.pem`),
    fingerprint: fingerprintOf(text),
  });
  const write = async (name: string, text: string) => {
    await writeFile(join(approved, `${name}.pem`), text);
    return certificate(name, text);
  };
  const copies = createCertificateCopies(folder);
  return { folder, write, certificate, copies, [Symbol.asyncDispose]: () => temporary.remove() };
}

test('A copy stays when its file is removed, until the certificate is no longer kept.', async () => {
  await using started = await start();
  const { folder, write, copies } = started;
  const [a, b] = [await write('a.test', 'one'), await write('b.test', 'two')];
  assert.equal((await copies.store([a, b])).size, 0);
  await rm(a.path);
  assert.equal((await copies.store([a])).size, 0, 'the copy is the certificate');
  await copies.keepOnly([a]);
  assert.deepEqual(await readdir(join(folder, 'served-certs')), ['a.test.pem']);
  assert.equal(await copies.read(a), 'one');
});

test('A file that was replaced in the meantime is not copied, and the previous copy stays.', async () => {
  await using started = await start();
  const { folder, write, certificate, copies } = started;
  const a = await write('a.test', 'one');
  await copies.store([a]);
  await write('a.test', 'half of');
  const next = certificate('a.test', 'two');
  assert.deepEqual([...(await copies.store([next]))], [[next, undefined]]);
  assert.equal(await readFile(copyOf(folder, a), 'utf8'), 'one');
  assert.equal(await copies.read(next), undefined);
  await write('a.test', 'two');
  assert.equal((await copies.store([next])).size, 0);
  assert.equal(await copies.read(next), 'two');
});

test('A copy that cannot be written is reported, and all others are written.', async () => {
  await using started = await start();
  const { folder, write, copies } = started;
  const [a, b] = [await write('a.test', 'one'), await write('b.test', 'two')];
  await mkdir(join(folder, 'served-certs', 'a.test.pem'), { recursive: true });
  const missing = await copies.store([a, b]);
  assert.deepEqual([...missing.keys()], [a]);
  assert.match(String(missing.get(a)), /EISDIR/);
  assert.equal(await copies.read(b), 'two');
});

test('A certificate that comes back because HAProxy refused its successor is copied again.', async () => {
  await using started = await start();
  const { write, copies } = started;
  const one = await write('a.test', 'one');
  await copies.store([one]);
  const two = await write('a.test', 'two');
  await copies.store([two]);
  assert.deepEqual([copies.holds(one), copies.holds(two)], [false, true]);
  await write('a.test', 'one');
  await copies.store([one]);
  assert.deepEqual([copies.holds(one), copies.holds(two)], [true, false]);
  assert.equal(await copies.read(one), 'one');
  await copies.keepOnly([]);
  assert.equal(copies.holds(one), false);
});

test('A copy that somebody else has removed is forgotten, and all others stay known.', async () => {
  await using started = await start();
  const { folder, write, copies } = started;
  const [a, b] = [await write('a.test', 'one'), await write('b.test', 'two')];
  await copies.store([a, b]);
  assert.equal(await copies.forgetMissing(), false);
  await rm(copyOf(folder, a));
  assert.equal(await copies.forgetMissing(), true);
  assert.deepEqual([copies.holds(a), copies.holds(b)], [false, true]);
});
