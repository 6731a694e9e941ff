import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { issueCertificate, ofCa } from '@freehold/testing/issue-certificate';
import { certificateId } from './certificate-id.ts';
import { problem, startFakeCa } from './fake-ca.ts';
import { createTestHost, type TestHost } from './host-under-test.ts';

const fingerprintOf = (pem: string) =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');

/** Makes a certificate count as one that acme had from a directory. */
async function install(host: TestHost, domain: string, directory: string): Promise<string> {
  const issuer = await issueCertificate({
    commonName: 'ca',
    extensions: [...ofCa, 'subjectKeyIdentifier=hash'],
  });
  const { certificate, key } = await issueCertificate({
    commonName: domain,
    extensions: [`subjectAltName=DNS:${domain}`, 'authorityKeyIdentifier=keyid'],
    issuer,
  });
  await mkdir(host.layout.tls(domain), { recursive: true });
  await writeFile(host.layout.certificate(domain), certificate + key);
  const made = [{ fingerprint: fingerprintOf(certificate), directory }];
  await writeFile(host.layout.made(domain), JSON.stringify({ made }));
  return certificate;
}

test('a certificate is renewed at once when the CA advised it, with a new key', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  const old = await install(host, 'a.test', host.pebble.directory);
  assert.equal((await host.run(['--all'])).output, '');
  const advice = { fingerprint: fingerprintOf(old), start: 0, end: 1000, again: Date.now() + 3_600_000 };
  await writeFile(host.layout.siteState('a.test'), JSON.stringify({ seen: 1, advice }));
  const { output } = await host.run(['--all']);
  assert.match(output, /a\.test has a new certificate from Pebble/);
  const fresh = new X509Certificate(await host.certificate('a.test'));
  assert.notDeepEqual(
    fresh.publicKey.export({ format: 'jwk' }),
    new X509Certificate(old).publicKey.export({ format: 'jwk' }),
  );
  assert.equal((await host.run(['--all'])).output, '');
});

test('the CA is asked for advice, and told what a renewal replaces, unless it refuses that', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  await host.addSite('a.test');
  const directory = ca.env.FREEHOLD_ACME_DIRECTORY ?? '';
  const id = certificateId(new X509Certificate(await install(host, 'a.test', directory)));
  const url = (path: string) => directory.replace(/\/dir$/, path);
  const addresses = { newNonce: url('/nonce'), newAccount: url('/account'), newOrder: url('/order') };
  ca.answers.set('/dir', (response) =>
    response.end(JSON.stringify({ ...addresses, renewalInfo: url('/info') })),
  );
  const window = { start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' };
  ca.answers.set(`/info/${id}`, (response) => response.end(JSON.stringify({ suggestedWindow: window })));
  ca.answers.set(
    '/order',
    problem({ status: 409, type: 'alreadyReplaced', detail: 'it was replaced before' }),
  );
  const { code, output } = await host.run(['--all'], ca.env);
  assert.equal(code, 0, output);
  assert.match(output, /a\.test: The CA could not make an order: alreadyReplaced: it was replaced before/);
  const identifiers = [{ type: 'dns', value: 'a.test' }];
  assert.deepEqual(ca.sent.get('/order'), [{ identifiers, replaces: id }, { identifiers }]);
  const asked = ca.asked.filter((path) => path.startsWith('/info')).length;
  await host.run(['--all'], ca.env);
  assert.equal(ca.asked.filter((path) => path.startsWith('/info')).length, asked);
});
