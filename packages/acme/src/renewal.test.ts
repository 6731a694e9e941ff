import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { issueCertificate, ofCa } from '@freehold/testing/issue-certificate';
import { certificateId } from './certificate-id.ts';
import { type FakeCa, json, problem, startFakeCa } from './fake-ca.ts';
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
  const noted = Date.now();
  const times = { start: 0, end: 1000, again: noted + 3_600_000, noted };
  const advice = { fingerprint: fingerprintOf(old), ...times };
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

const refusals = {
  'one that was replaced before': { status: 409, type: 'alreadyReplaced', detail: 'it was replaced before' },
  // As Boulder and pebble say it.
  'one of another account': {
    status: 403,
    type: 'unauthorized',
    detail: 'requester account did not request the certificate being replaced',
  },
  'one that it does not know': { status: 500, type: 'serverInternal', detail: 'could not find an order' },
};

for (const [what, refusal] of Object.entries(refusals)) {
  test(`the CA is asked for advice, and told what a renewal replaces, unless it refuses ${what}`, async () => {
    await using host = await createTestHost();
    await using ca = await startFakeCa();
    await host.addSite('a.test');
    const id = certificateId(
      new X509Certificate(await install(host, 'a.test', ca.env.FREEHOLD_ACME_DIRECTORY ?? '')),
    );
    offerAdvice(ca);
    const window = { start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' };
    ca.answers.set(`/info/${id}`, json(200, { suggestedWindow: window }));
    ca.answers.set('/order', problem(refusal));
    const { code, output } = await host.run(['--all'], ca.env);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`${refusal.type}: ${refusal.detail}`));
    const identifiers = [{ type: 'dns', value: 'a.test' }];
    assert.deepEqual(ca.sent.get('/order'), [{ identifiers, replaces: id }, { identifiers }]);
    const asked = ca.asked.filter((path) => path.startsWith('/info')).length;
    await host.run(['--all'], ca.env);
    assert.equal(ca.asked.filter((path) => path.startsWith('/info')).length, asked);
  });
}

test('a CA whose advice does not come is asked for it once in a run', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  offerAdvice(ca);
  for (const domain of ['a.test', 'b.test']) {
    await host.addSite(domain);
    const directory = ca.env.FREEHOLD_ACME_DIRECTORY ?? '';
    const id = certificateId(new X509Certificate(await install(host, domain, directory)));
    ca.answers.set(`/info/${id}`, (response) => response.writeHead(503).end());
  }
  const { code, output } = await host.run(['--all'], ca.env);
  assert.deepEqual([code, output], [0, '']);
  assert.equal(ca.asked.filter((path) => path.startsWith('/info')).length, 1);
});

function offerAdvice({ answers, url }: FakeCa): void {
  const addresses = { newNonce: url('/nonce'), newAccount: url('/account'), newOrder: url('/order') };
  answers.set('/dir', json(200, { ...addresses, renewalInfo: url('/info') }));
}
