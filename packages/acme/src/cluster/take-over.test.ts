import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Domain } from '@freehold/core/domain';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { maxSharedBytes, sealCertificate } from './cluster.ts';
import { certificateKey, changeKey } from './etcd-keys.ts';
import { oldKeyring, startMember } from './member-under-test.ts';
import { newChange } from './new-change.ts';
import { readSeen, writeSeen } from './seen.ts';
import { shareOwn } from './share-own.ts';
import { createFollower } from './take-over.ts';

type Member = Awaited<ReturnType<typeof startMember>>;
const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}.a.test` as Domain);

async function pemFor(domain: string, more: readonly string[] = []): Promise<string> {
  const alternatives = [domain, ...more].map((name) => `DNS:${name}`).join(',');
  const { certificate, key } = await issueCertificate({
    commonName: 'a.test',
    extensions: [`subjectAltName=${alternatives}`],
  });
  return certificate + key;
}

/** A certificate of a site of some member in etcd, as another member puts it there. */
async function put({ cluster }: Member, domain: Domain, { pem, host }: { pem: string; host: string }) {
  const { key, value } = sealCertificate(cluster, domain, { pem, directory: 'https://ca.test/dir' });
  await cluster.etcd.put(`/services/static/${domain}/${host}`, '{}');
  await cluster.etcd.put(key, value);
  await cluster.etcd.put(changeKey, newChange());
}

/** What acme does at each start. */
async function catchUp({ cluster, reports, takeCounts }: Member) {
  takeCounts();
  await createFollower(cluster, reports).catchUp();
  const { pages, got } = takeCounts();
  return { pages, got };
}

test('a run reads only the certificates that were written since the last one', async () => {
  await using member = await startMember();
  const { layout } = member.cluster;
  const pem = await pemFor('*.a.test');
  for (const domain of names(30)) await put(member, domain, { pem, host: 'h2' });
  assert.deepEqual(await catchUp(member), { pages: 30, got: 0 });
  assert.deepEqual(await catchUp(member), { pages: 0, got: 0 });
  const next = await pemFor('*.a.test');
  await put(member, 's7.a.test' as Domain, { pem: next, host: 'h2' });
  assert.deepEqual(await catchUp(member), { pages: 1, got: 0 });
  assert.equal((await readFile(layout.approved('s7.a.test'), 'utf8')).trim(), next.trim());
  // What is not where it belongs is fetched again.
  await rm(layout.approved('s9.a.test'));
  assert.deepEqual(await catchUp(member), { pages: 0, got: 1 });
  assert.equal((await readFile(layout.approved('s9.a.test'), 'utf8')).trim(), pem.trim());
  // One that was deleted goes.
  await member.cluster.etcd.delete(certificateKey('s3.a.test' as Domain));
  await catchUp(member);
  await assert.rejects(readFile(layout.approved('s3.a.test')), /ENOENT/);
});

test('a site that has moved here gets its certificate, which was written long before', async () => {
  await using member = await startMember();
  const { layout, etcd } = member.cluster;
  const domain = 's1.a.test' as Domain;
  await put(member, domain, { pem: await pemFor('*.a.test'), host: 'h2' });
  await catchUp(member);
  await etcd.delete(`/services/static/${domain}/h2`);
  await etcd.put(`/services/static/${domain}/h1`, '{}');
  await mkdir(`${layout.domains}/${domain}`, { recursive: true });
  assert.deepEqual(await catchUp(member), { pages: 0, got: 1 });
  assert.match(await readFile(layout.certificate(domain), 'utf8'), /BEGIN CERTIFICATE/);
});

test('an older certificate that a restore has brought back is replaced by that of the cluster', async () => {
  await using member = await startMember();
  const { layout, etcd } = member.cluster;
  const domain = 's1.a.test' as Domain;
  await etcd.put(`/services/static/${domain}/h1`, '{}');
  await mkdir(`${layout.domains}/${domain}`, { recursive: true });
  const early = await pemFor('*.a.test');
  await put(member, domain, { pem: early, host: 'h1' });
  await catchUp(member);
  const old = await readFile(layout.certificate(domain), 'utf8');
  const late = await pemFor('*.a.test');
  await put(member, domain, { pem: late, host: 'h1' });
  await catchUp(member);
  await writeFile(layout.certificate(domain), old);
  const stale = await shareOwn(member.cluster, member.reports);
  assert.deepEqual([...stale], [domain]);
  await createFollower(member.cluster, member.reports, stale).catchUp();
  assert.equal((await readFile(layout.certificate(domain), 'utf8')).trim(), late.trim());
});

test('all are compared periodically, and after etcd was recreated or restored', async () => {
  await using member = await startMember();
  const { layout } = member.cluster;
  await put(member, 's1.a.test' as Domain, { pem: await pemFor('*.a.test'), host: 'h2' });
  await catchUp(member);
  const seen = await readSeen(layout);
  assert.ok(seen);
  await writeSeen(layout, { ...seen, compared: Date.now() - 7 * 3_600_000 });
  assert.deepEqual(await catchUp(member), { pages: 1, got: 0 });
  await writeSeen(layout, { ...seen, since: seen.since + 1000n });
  assert.deepEqual(await catchUp(member), { pages: 1, got: 0 });
  assert.match(seen.cluster, /^\d+$/);
  await writeSeen(layout, { ...seen, cluster: '1' });
  assert.deepEqual(await catchUp(member), { pages: 1, got: 0 });
  assert.deepEqual(await catchUp(member), { pages: 0, got: 0 });
});

test('one that could not be taken over is tried in the next run', async () => {
  await using member = await startMember();
  const { layout } = member.cluster;
  // A folder in the place of the file.
  await mkdir(layout.approved('s1.a.test'));
  await put(member, 's1.a.test' as Domain, { pem: await pemFor('*.a.test'), host: 'h2' });
  await catchUp(member);
  assert.match(member.lines.join(), /s1\.a\.test in etcd was not installed on this host/);
  await rm(layout.approved('s1.a.test'), { recursive: true });
  assert.deepEqual(await catchUp(member), { pages: 0, got: 1 });
  assert.match(await readFile(layout.approved('s1.a.test'), 'utf8'), /BEGIN CERTIFICATE/);
});

test('a certificate that was sealed with an old key after all others is sealed with the new one', async () => {
  await using member = await startMember();
  const { cluster, reports } = member;
  const domain = 's1.a.test' as Domain;
  await put(member, domain, { pem: await pemFor('*.a.test'), host: 'h1' });
  await mkdir(`${cluster.layout.domains}/${domain}`, { recursive: true });
  await createFollower(cluster, reports).catchUp();
  const key = certificateKey(domain);
  const opened = cluster.keyring.open(key, (await cluster.etcd.get(key)) ?? '');
  await cluster.etcd.put(key, oldKeyring.seal(key, opened?.text ?? ''));
  await shareOwn(cluster, reports);
  assert.deepEqual(cluster.keyring.open(key, (await cluster.etcd.get(key)) ?? ''), {
    ...opened,
    current: true,
  });
});

test('a certificate that is too long is not put into etcd, and that is reported once', async () => {
  await using member = await startMember();
  const { cluster, reports } = member;
  const domain = 's1.a.test' as Domain;
  await cluster.etcd.put(`/services/static/${domain}/h1`, '{}');
  await mkdir(cluster.layout.tls(domain), { recursive: true });
  const pem = await pemFor(
    domain,
    Array.from({ length: 1200 }, (_, index) => `${'n'.repeat(40)}${index}.a.test`),
  );
  assert.ok(pem.length > maxSharedBytes);
  await writeFile(cluster.layout.certificate(domain), pem);
  await shareOwn(cluster, reports);
  await shareOwn(cluster, reports);
  assert.deepEqual(await cluster.etcd.keys('/certificates/'), []);
  assert.equal(member.lines.length, 1);
  assert.match(member.lines[0] ?? '', /s1\.a\.test is not shared with the other members/);
});
