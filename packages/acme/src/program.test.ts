import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { createTestHost, isThere } from './host-under-test.ts';

test('sites get certificates that cover www. if it points to this host, and keep them at the next run', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  await host.pebble.setAddresses('www.a.test', ['127.0.0.1']);
  await host.addSite('xn--mller-kva.test');
  const first = await host.run(['--all']);
  assert.equal(first.code, 0, first.output);
  const pem = await host.certificate('a.test');
  assert.equal(new X509Certificate(pem).subjectAltName, 'DNS:a.test, DNS:www.a.test');
  assert.equal(
    new X509Certificate(await host.certificate('xn--mller-kva.test')).subjectAltName,
    'DNS:xn--mller-kva.test',
  );
  assert.equal((await stat(host.layout.certificate('a.test'))).mode & 0o777, 0o600);
  assert.match(await host.status('a.test'), /^Valid until \d{4}-.*Renewed: \d{4}-/);
  assert.ok(Number(await readFile(host.layout.next, 'utf8')) > Date.now() / 1000);
  const second = await host.run(['--all']);
  assert.equal(second.output, '');
  assert.equal(await host.certificate('a.test'), pem);
});

test('a single site gets its certificate at once, and is not renewed before its time', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  const { code, output } = await host.run(['a.test']);
  assert.equal(code, 0, output);
  assert.match(output, /a\.test has a new certificate from Pebble Intermediate.*valid until/);
  const again = await host.run(['a.test']);
  assert.equal(again.code, 0);
  assert.match(again.output, /a\.test: Valid until .* Renewed: /);
  await host.pebble.setAddresses('www.a.test', ['127.0.0.1']);
  const more = await host.run(['a.test']);
  assert.equal(more.code, 0, more.output);
  assert.ok(new X509Certificate(await host.certificate('a.test')).checkHost('www.a.test'));
  const unknown = await host.run(['b.test']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.output, /b\.test has no data on this host/);
});

test('a fault in DNS is reported once in a sentence, and the CA is not asked', async () => {
  await using host = await createTestHost();
  await host.addSite('nowhere.test', []);
  await host.addSite('refused.test', ['127.0.0.1']);
  await host.pebble.setCaa('refused.test', ';');
  await host.addSite('servfail.test', []);
  await host.pebble.setServfail('servfail.test');
  const { code, output } = await host.run(['--all']);
  assert.equal(code, 0, output);
  assert.match(output, /nowhere\.test has no address in DNS: add an A or AAAA record/);
  assert.match(output, /No certificate may be issued for refused\.test: its CAA records allow only ";"/);
  assert.match(output, /DNS gives no answer for servfail\.test: .*ESERVFAIL/);
  assert.match(
    await host.status('nowhere.test'),
    /There is no certificate yet\. nowhere\.test has no address/,
  );
  assert.doesNotMatch(host.pebble.output(), /new-?order|order-plz/i);
  await host.pebble.setAddresses('nowhere.test', ['127.0.0.1']);
  const now = await host.run(['nowhere.test']);
  assert.equal(now.code, 0, now.output);
  assert.equal((await host.run(['refused.test'])).code, 1);
});

test('acme leaves manually installed certificates and sites with TLS/manual alone, and reports the former before they expire', async () => {
  await using host = await createTestHost();
  for (const domain of ['foreign.test', 'manual.test']) await host.addSite(domain);
  const { certificate, key } = await issueCertificate({
    commonName: 'foreign.test',
    extensions: ['subjectAltName=DNS:foreign.test'],
  });
  for (const domain of ['foreign.test', 'manual.test']) await mkdir(host.layout.tls(domain));
  await writeFile(host.layout.certificate('foreign.test'), certificate + key);
  await writeFile(join(host.layout.tls('manual.test'), 'manual'), '');
  const { output } = await host.run(['--all']);
  assert.equal(output, '');
  assert.match(await host.status('foreign.test'), /^Installed manually: valid until/);
  assert.match(await host.status('manual.test'), /^Managed manually/);
  assert.equal(await isThere(host.layout.certificate('manual.test')), false);
  assert.equal(await host.certificate('foreign.test'), certificate + key);
});

test('a rehearsal runs the complete order and installs nothing', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  const good = await host.run(['--check', 'a.test']);
  assert.equal(good.code, 0, good.output);
  assert.match(good.output, /The rehearsal for a\.test succeeded/);
  assert.equal(await isThere(host.layout.certificate('a.test')), false);
  await host.addSite('b.test', []);
  const bad = await host.run(['--check', 'b.test']);
  assert.equal(bad.code, 1);
  assert.match(bad.output, /b\.test has no address in DNS/);
});

test('without an operator acme does nothing, and invalid arguments are refused', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  const off = await host.run(['--all'], { FREEHOLD_OPERATOR: '' });
  assert.deepEqual([off.code, /Automatic certificates are off/.test(off.output)], [0, true]);
  const rehearsal = await host.run(['--check', 'a.test'], { FREEHOLD_OPERATOR: '' });
  assert.deepEqual([rehearsal.code, /are off/.test(rehearsal.output)], [2, true], 'nothing was rehearsed');
  assert.equal(await isThere(host.layout.home), false);
  for (const args of [[], ['--all', 'a.test'], ['a.test', 'b.test'], ['A.test'], ['--sideways']]) {
    assert.equal((await host.run(args)).code, 2, args.join(' '));
  }
});

test('a removed site, and one that has moved with its certificate, are told apart', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  await host.run(['--all']);
  // On another host, with another account: what lies beside the certificate tells whose it is.
  await using other = await createTestHost();
  await other.addSite('a.test');
  await mkdir(other.layout.tls('a.test'));
  for (const path of ['certificate', 'made'] as const) {
    await writeFile(other.layout[path]('a.test'), await readFile(host.layout[path]('a.test')));
  }
  const { output } = await other.run(['--all']);
  assert.match(output, /a\.test has a new certificate/);
  await host.removeSite('a.test');
  assert.equal((await host.run(['--all'])).output, '');
  assert.equal(await isThere(host.layout.status('a.test')), false);
});
