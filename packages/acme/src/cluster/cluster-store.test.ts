import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Domain } from '@freehold/core/domain';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { sealCertificate } from './cluster.ts';
import { createClusterStore } from './cluster-store.ts';
import { certificateKey, claimKey, memberKey } from './etcd-keys.ts';
import { startMember } from './member-under-test.ts';

test('many sites are read in pages, and are then what each is by itself', async () => {
  await using member = await startMember();
  const { cluster, lock } = member;
  const { etcd, layout } = cluster;
  const store = createClusterStore({ cluster, lock, onInstalled: async () => undefined });
  const { certificate, key } = await issueCertificate({
    commonName: 'a.test',
    extensions: ['subjectAltName=DNS:*.a.test'],
  });
  const pem = certificate + key;
  const domains = Array.from({ length: 30 }, (_, index) => `s${10 + index}.a.test` as Domain);
  const [byCa, byPerson, takenAway, local, marked, damaged, ofOther] = domains as unknown as readonly [
    Domain,
    Domain,
    Domain,
    Domain,
    Domain,
    Domain,
    Domain,
  ];
  for (const host of ['h1', 'h2']) await etcd.put(memberKey(host), 'https://ca.test/dir');
  for (const domain of domains)
    await etcd.put(`/services/static/${domain}/${domain === ofOther ? 'h9' : 'h2'}`, '{}');
  const put = async (domain: Domain, found: { directory?: string; host?: string }) => {
    const sealed = sealCertificate(cluster, domain, { pem, ...found });
    await etcd.put(sealed.key, sealed.value);
  };
  await put(byCa, { directory: 'https://ca.test/dir' });
  await put(byPerson as Domain, { host: 'h2' });
  await etcd.put(claimKey(byPerson as Domain, 'h2'), '');
  await put(takenAway as Domain, { host: 'h2' });
  for (const domain of [local, marked]) {
    await etcd.put(`/services/static/${domain}/h1`, '{}');
    await mkdir(layout.tls(domain), { recursive: true });
  }
  await writeFile(layout.certificate(local), pem);
  await writeFile(`${layout.tls(marked)}/manual`, '');
  await etcd.put(certificateKey(damaged), 'damaged');
  for (const [index, domain] of domains.slice(20).entries()) await store.writeSite(domain, { seen: index });
  const now = Date.now();
  const all = [];
  for await (const site of store.readSites(domains, now)) all.push(site);
  const each = [];
  for (const domain of domains) each.push(await store.readSite(domain, now));
  assert.deepEqual(all, each);
  const [first, second, third, fourth, fifth, sixth, seventh] = all;
  assert.equal(first?.certificate?.directory, 'https://ca.test/dir');
  assert.deepEqual([second?.optedOut, second?.certificate?.directory], [true, undefined]);
  assert.ok(second?.certificate);
  assert.deepEqual([third?.optedOut, third?.certificate], [false, undefined]);
  assert.ok(fourth?.certificate && fourth.certificate.directory === undefined);
  assert.equal(fifth?.optedOut, true);
  assert.deepEqual([sixth?.optedOut, sixth?.certificate], [false, undefined]);
  assert.equal(seventh?.optedOut, true, 'its member has no automatic certificates');
  assert.equal(all[20]?.state.seen, 0);
});
