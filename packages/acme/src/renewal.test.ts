import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { test } from 'node:test';
import { certificateId } from './certificate-id.ts';
import { adviseNow, installMade } from './due-certificate.ts';
import { type FakeCa, json, problem, startFakeCa } from './fake-ca.ts';
import { createTestHost } from './host-under-test.ts';

const fingerprintOf = (pem: string) =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');

test('a certificate is renewed at once when the CA advised it, with a new key', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  const old = await installMade(host, 'a.test', host.pebble.directory);
  assert.equal((await host.run(['--all'])).output, '');
  await adviseNow(host, 'a.test', fingerprintOf(old));
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
      new X509Certificate(await installMade(host, 'a.test', ca.env.FREEHOLD_ACME_DIRECTORY ?? '')),
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

test('a CA that does not answer about renewals is asked only once in a run', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  offerAdvice(ca);
  for (const domain of ['a.test', 'b.test']) {
    await host.addSite(domain);
    const directory = ca.env.FREEHOLD_ACME_DIRECTORY ?? '';
    const id = certificateId(new X509Certificate(await installMade(host, domain, directory)));
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

test('a host that is restored with its account and its sites renews their certificates', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  await host.run(['--all']);
  const old = await host.certificate('a.test');
  await using restored = await createTestHost();
  await restored.addSite('a.test');
  await mkdir(restored.layout.home);
  await cp(host.layout.account, restored.layout.account);
  await cp(host.layout.domains, restored.layout.domains, { recursive: true });
  await adviseNow(restored, 'a.test', fingerprintOf(old));
  const { code, output } = await restored.run(['--all'], {
    FREEHOLD_ACME_DIRECTORY: host.env.FREEHOLD_ACME_DIRECTORY,
    FREEHOLD_ACME_CA: host.env.FREEHOLD_ACME_CA,
    FREEHOLD_ACME_RESOLVERS: host.env.FREEHOLD_ACME_RESOLVERS,
    FREEHOLD_ACME_HTTP_PORT: host.env.FREEHOLD_ACME_HTTP_PORT,
  });
  assert.equal(code, 0, output);
  assert.match(output, /a\.test has a new certificate/);
  assert.notEqual(await restored.certificate('a.test'), old);
});
