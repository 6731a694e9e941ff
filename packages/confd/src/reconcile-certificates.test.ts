import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { nameOfCopy } from './certificate-copies.ts';
import {
  approve,
  desire,
  onceThere,
  site,
  startReconciler,
  two,
  useUpReloads,
  writeDefault,
} from './reconciler-under-test.ts';
import { createTestEdge, startBackend, type TestEdge, untilStatus } from './test-edge.ts';

/** Stands for a certificate that confd finds valid, and HAProxy does not. */
const unsound = 'no certificate at all';

async function crash({ haproxy }: TestEdge): Promise<void> {
  await haproxy.stop('SIGKILL');
  await haproxy.start();
}

const copiesOf = async ({ folder }: TestEdge) => (await readdir(join(folder, 'served-certs'))).sort();

test('a site whose certificate HAProxy refuses is served without it and named, and the others change', async () => {
  await using edge = await createTestEdge();
  await using a = await startBackend('a.test');
  await using b = await startBackend('b.test');
  const { reconcile, lines } = await startReconciler(edge);
  const bad = await approve(edge, 'b.test', unsound);
  await onceThere(() => reconcile(desire(site('a.test', a.port), site('b.test', b.port, bad))));
  await untilStatus(edge, 'a.test', 200);
  await untilStatus(edge, 'b.test', 200);
  assert.equal(lines.filter((line) => /refused b\.test/.test(line)).length, 1, lines.join('\n'));
  assert.match(lines.join('\n'), /b\.test\.[0-9a-f]+\.pem/);
  const mended = site('b.test', b.port, await approve(edge, 'b.test'));
  assert.equal(await reconcile(desire(site('a.test', a.port), mended)), 'behind');
  // Once corrected, it has its certificate.
  await untilStatus(edge, 'b.test', 301);
});

test('a renewed certificate that HAProxy refuses leaves the one that it accepted on disk: it starts at any moment', async () => {
  await using edge = await createTestEdge();
  const { reconcile, writeDown, counted } = await startReconciler(edge, 3_600_000);
  const accepted = await approve(edge, 'a.test');
  const others = await useUpReloads(reconcile, site('a.test', 1, accepted));
  const { reloads } = counted;
  const refused = await approve(edge, 'a.test', unsound);
  assert.equal(await reconcile(desire(site('a.test', 1, refused), ...others)), 'behind', 'a reload waits');
  await writeDown();
  assert.equal(counted.reloads, reloads);
  await crash(edge);
  await untilStatus(edge, 'a.test', 301);
  assert.deepEqual(await copiesOf(edge), [accepted, refused].map((one) => `${nameOfCopy(one)}.pem`).sort());
});

test('a site whose renewed certificate HAProxy refuses keeps the previous one, until that changes', async () => {
  await using edge = await createTestEdge();
  const { reconcile, writeDown, lines } = await startReconciler(edge);
  const accepted = await approve(edge, 'a.test');
  await onceThere(() => reconcile(desire(site('a.test', 1, accepted))));
  await untilStatus(edge, 'a.test', 301);
  const refused = await approve(edge, 'a.test', unsound);
  await onceThere(() => reconcile(desire(site('a.test', 1, refused), two('b.test'))));
  assert.match(lines.join('\n'), /refused a\.test, which keeps its previous certificate/);
  await crash(edge);
  await untilStatus(edge, 'a.test', 301);
  await untilStatus(edge, 'b.test', 503);
  const mended = await approve(edge, 'a.test');
  await onceThere(() => reconcile(desire(site('a.test', 1, mended), two('b.test'))));
  await writeDown();
  assert.deepEqual(await copiesOf(edge), [`${nameOfCopy(mended)}.pem`]);
});

test('a certificate that is renewed twice and removed is known to the worker by its first name, to the files by its last', async () => {
  await using edge = await createTestEdge();
  const { reconcile, writeDown, counted } = await startReconciler(edge);
  await onceThere(() => reconcile(desire(two('b.test'), site('a.test', 1, undefined))));
  const { reloads } = counted;
  for (let times = 0; times < 3; times++) {
    const certificate = await approve(edge, 'a.test');
    await reconcile(desire(two('b.test'), site('a.test', 1, certificate)));
    await writeDown();
    assert.deepEqual(await copiesOf(edge), [`${nameOfCopy(certificate)}.pem`], 'that of the last one');
  }
  await reconcile(desire(two('b.test'), site('a.test', 1)));
  // No redirect.
  await untilStatus(edge, 'a.test', 503);
  await writeDown();
  assert.deepEqual(await copiesOf(edge), []);
  assert.equal(counted.reloads, reloads);
  await crash(edge);
});

test('copies of an older version are replaced, and removed when HAProxy has accepted the new files', async () => {
  await using edge = await createTestEdge();
  const { reconcile } = await startReconciler(edge);
  const certificate = await approve(edge, 'a.test');
  await onceThere(() => reconcile(desire(site('a.test', 1, certificate))));
  await writeFile(join(edge.folder, 'served-certs', 'a.test.pem'), 'a copy under its former name');
  await onceThere(() => reconcile(desire(site('a.test', 1, certificate), two('b.test'))));
  assert.deepEqual(await copiesOf(edge), [`${nameOfCopy(certificate)}.pem`]);
});

test('a certificate of which somebody has removed the copy is copied again before a reload', async () => {
  await using edge = await createTestEdge();
  const { reconcile, counted, lines } = await startReconciler(edge);
  const secured = site('a.test', 1, await approve(edge, 'a.test'));
  await onceThere(() => reconcile(desire(secured)));
  await rm(join(edge.folder, 'served-certs'), { recursive: true });
  const { reloads } = counted;
  const names = ['a.test', 'b.test'].map(parseDomain);
  await onceThere(() => reconcile(desire(secured, two('b.test')), names));
  assert.ok(counted.reloads > reloads);
  assert.doesNotMatch(lines.join('\n'), /refused/);
  await untilStatus(edge, 'a.test', 301);
});

test('while a reload waits, a certificate whose file is removed or broken keeps no HAProxy from starting', async () => {
  await using edge = await createTestEdge();
  const { reconcile } = await startReconciler(edge, 3_600_000);
  const [a, b] = [await approve(edge, 'a.test'), await approve(edge, 'b.test')];
  const others = await useUpReloads(reconcile, site('a.test', 1, a), site('b.test', 1, b));
  const waiting = [...others, two('waits.test')];
  await reconcile(desire(site('a.test', 1, a), site('b.test', 1, b), ...waiting));
  await rm(a.path);
  await writeFile(b.path, unsound);
  await crash(edge);
  for (const name of ['a.test', 'b.test']) await untilStatus(edge, name, 301);
  await onceThere(() => reconcile(desire(site('a.test', 1), site('b.test', 1, b), ...waiting)));
  await crash(edge);
  await untilStatus(edge, 'b.test', 301);
});

test('a default certificate that HAProxy refuses costs no reload, and the one from before stays until it changes', async () => {
  await using edge = await createTestEdge();
  const { reconcile, counted, lines } = await startReconciler(edge);
  const a = site('a.test', 1);
  await onceThere(async () => reconcile({ ...desire(a), defaultCertificate: await writeDefault(edge) }));
  const { reloads } = counted;
  const refused = { ...desire(a), defaultCertificate: await writeDefault(edge, unsound) };
  for (let times = 0; times < 2; times++) assert.equal(await reconcile(refused), 'done');
  assert.equal(lines.filter((line) => /refused .*default\.pem/.test(line)).length, 1, lines.join('\n'));
  await reconcile({ ...desire(a), defaultCertificate: await writeDefault(edge) });
  assert.equal(counted.reloads, reloads);
  await crash(edge);
});

test('sites are served though HAProxy refuses the first default certificate', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { reconcile, lines } = await startReconciler(edge);
  const defaultCertificate = await writeDefault(edge, unsound);
  const refused = { ...desire(site('a.test', backend.port)), defaultCertificate };
  assert.equal(await onceThere(() => reconcile(refused)), 'done');
  await untilStatus(edge, 'a.test', 200);
  assert.match(lines.join('\n'), /refused .*default\.pem, and there is none from before/);
});

test('after a restart of confd, the last valid default certificate stays in use if HAProxy refuses the one of the file', async () => {
  await using edge = await createTestEdge();
  const before = await startReconciler(edge);
  const accepted = await writeDefault(edge);
  await onceThere(() => before.reconcile({ ...desire(two('a.test')), defaultCertificate: accepted }));
  assert.deepEqual(await copiesOf(edge), [`${nameOfCopy(accepted)}.pem`]);
  await edge.haproxy.stop('SIGKILL');
  const { reconcile, lines } = await startReconciler(edge);
  const refused = { ...desire(two('a.test')), defaultCertificate: await writeDefault(edge, unsound) };
  assert.equal(await onceThere(() => reconcile(refused)), 'done');
  assert.match(lines.join('\n'), /refused .*default\.pem, and the one from before stays in use/);
  assert.deepEqual(await copiesOf(edge), [`${nameOfCopy(accepted)}.pem`]);
  assert.match(await readFile(join(edge.folder, 'crt-list'), 'utf8'), new RegExp(nameOfCopy(accepted)));
});
