import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fingerprintOf } from '@freehold/core/certificate-folder';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { copyOf, createCertificateCopies, nameOfCopy } from './certificate-copies.ts';

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
  assert.deepEqual(await readdir(join(folder, 'served-certs')), [`${nameOfCopy(a)}.pem`]);
  assert.equal(await copies.read(a), 'one');
});

test('A file that was replaced in the meantime is not copied.', async () => {
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
  await mkdir(copyOf(folder, a), { recursive: true });
  const missing = await copies.store([a, b]);
  assert.deepEqual([...missing.keys()], [a]);
  assert.match(String(missing.get(a)), /EISDIR/);
  assert.equal(await copies.read(b), 'two');
});

test('Two certificates of a site, and equal ones of two sites, have a copy each, until they are removed.', async () => {
  await using started = await start();
  const { folder, write, copies } = started;
  const [one, other] = [await write('a.test', 'one'), await write('b.test', 'one')];
  await copies.store([one, other]);
  const two = await write('a.test', 'two');
  await copies.store([two]);
  for (const each of [one, other, two]) assert.ok(copies.holds(each));
  assert.deepEqual([await copies.read(one), await copies.read(two)], ['one', 'two']);
  await copies.remove([one]);
  assert.deepEqual([copies.holds(one), copies.holds(two)], [false, true]);
  assert.equal((await readdir(join(folder, 'served-certs'))).length, 2);
  await copies.keepOnly([]);
  assert.equal(copies.holds(two), false);
});

test('The longest domain has a copy, too.', async () => {
  await using started = await start();
  const { write, copies } = started;
  const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.test`;
  assert.equal((await copies.store([await write(name, 'one')])).size, 0);
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

test('A copy under its former name is used if the file is not the certificate any more.', async () => {
  await using started = await start();
  const { folder, write, copies } = started;
  const [a, b] = [await write('a.test', 'one'), await write('b.test', 'two')];
  await mkdir(join(folder, 'served-certs'));
  await writeFile(join(folder, 'served-certs', 'a.test.pem'), 'one');
  await writeFile(join(folder, 'served-certs', 'b.test.pem'), 'older');
  await rm(a.path);
  assert.equal((await copies.store([a, b])).size, 0);
  assert.deepEqual([await copies.read(a), await copies.read(b)], ['one', 'two']);
  await copies.keepOnly([a]);
  assert.equal(await copies.read(a), 'one');
});
