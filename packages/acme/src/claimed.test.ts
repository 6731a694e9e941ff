// A person takes over a site's certificate while acme orders one.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { problem, startFakeCa } from './fake-ca.ts';
import { beginFakeOrder } from './fake-order.ts';
import { createTestHost, isThere } from './host-under-test.ts';
import { exists, readSite } from './site-facts.ts';
import { readState, siteState } from './state.ts';

const refused = problem({ status: 400, type: 'rejectedIdentifier', detail: 'not this one' });

test('no certificate is ordered for a site that is marked as manual during another order', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  for (const domain of ['a.test', 'b.test']) await host.addSite(domain);
  ca.answers.set('/order', (response) => {
    for (const domain of ['a.test', 'b.test']) {
      mkdirSync(host.layout.tls(domain), { recursive: true });
      writeFileSync(join(host.layout.tls(domain), 'manual'), '');
    }
    refused(response);
  });
  const { code, output } = await host.run(['--all'], ca.env);
  assert.equal(code, 0, output);
  assert.equal(ca.sent.get('/order')?.length, 1);
  assert.match(await host.status('b.test'), /^Managed manually/);
});

for (const kind of ['certificate', 'manual'] as const) {
  test(`a person's ${kind} that appears while the CA issues another one stays, and the order is dropped`, async () => {
    await using host = await createTestHost();
    await using ca = await startFakeCa();
    await host.addSite('a.test');
    await beginFakeOrder(host, ca, { domain: 'a.test' });
    const own = await issueCertificate({ commonName: 'a.test', extensions: ['subjectAltName=DNS:a.test'] });
    const send = ca.answers.get('/certificate/a.test');
    ca.answers.set('/certificate/a.test', (response) => {
      mkdirSync(host.layout.tls('a.test'));
      if (kind === 'manual') writeFileSync(join(host.layout.tls('a.test'), 'manual'), '');
      else writeFileSync(host.layout.certificate('a.test'), own.certificate + own.key);
      send?.(response);
    });
    const { code, output } = await host.run(['--all'], ca.env);
    assert.equal(code, 0, output);
    assert.match(output, /Cannot install the new certificate of a\.test: somebody has added/);
    if (kind === 'manual') assert.equal(await isThere(host.layout.certificate('a.test')), false);
    else assert.equal(await host.certificate('a.test'), own.certificate + own.key);
    assert.equal((await readState(host.layout.siteState('a.test'), siteState))?.order, undefined);
    assert.equal((await host.run(['--all'], ca.env)).output, '');
  });
}

test('TLS/manual also counts if it is a broken link', async () => {
  await using host = await createTestHost();
  await mkdir(host.layout.tls('a.test'), { recursive: true });
  const manual = join(host.layout.tls('a.test'), 'manual');
  assert.equal(await exists(manual), false);
  await symlink('/nowhere', manual);
  assert.equal(await exists(manual), true);
});

test("if acme's list of its certificates is a link to another file, acme considers no certificate its own", async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  await host.run(['--all']);
  const { layout } = host;
  const domain = 'b.test' as Parameters<typeof readSite>[1];
  await mkdir(layout.tls(domain), { recursive: true });
  await writeFile(layout.certificate(domain), await host.certificate('a.test'));
  await link(layout.made('a.test'), layout.made(domain));
  const { certificate, fault } = await readSite(layout, domain, Date.now());
  assert.equal(certificate, undefined);
  assert.match(fault ?? '', /acme\.json is not a regular file/);
});
