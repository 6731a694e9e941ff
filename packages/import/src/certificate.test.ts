import assert from 'node:assert/strict';
import { link, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { afterEach, before, beforeEach, test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { createLog } from '@freehold/core/log';
import { issueCertificate, ofCa } from '@freehold/testing/issue-certificate';
import { recordingStream } from '@freehold/testing/recording-stream';
import { publishCertificate } from './certificate.ts';
import { makeCertificate, makeEndedCertificate } from './certificate-under-test.ts';
import { readLayout } from './layout.ts';
import { makeBases } from './prepare.ts';
import { isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

const own = 'domains/example.com/TLS/example.com.pem';
const uploaded = 'import/example.com/TLS/example.com.pem';
const approved = 'runtime/haproxy/approved-certs/example.com.pem';
const content = 'domains/example.com/static/www-content/index.html';
let good: string;
let renewed: string;
let foreign: string;
let site: SiteUnderTest;
before(async () => {
  good = await makeCertificate('example.com', 'www.example.com');
  renewed = await makeCertificate('example.com');
  foreign = await makeCertificate('other.test');
});
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const isThere = (path: string) =>
  stat(site.path(path)).then(
    () => true,
    () => false,
  );

test('A valid certificate is copied to where HAProxy reads it, and only if it differs.', async () => {
  await site.write({ [own]: good });
  assert.match((await site.run()).join(), /HAProxy has a new certificate for example\.com/);
  assert.equal(await site.read(approved), good);
  const first = await stat(site.path(approved));
  assert.equal(first.mode & 0o777, 0o640);
  if (isRoot) assert.deepEqual([first.uid, first.gid], [10001, 10001]);
  await site.run();
  assert.equal(
    (await stat(site.path(approved))).ino,
    first.ino,
    'an unchanged certificate is not written again',
  );
  await site.write({ [own]: renewed });
  await site.run();
  assert.equal(await site.read(approved), renewed);
  assert.deepEqual(await readdir(site.path('runtime/haproxy/approved-certs')), ['example.com.pem']);
});

test('A certificate that no longer exists is removed from HAProxy too.', async () => {
  await site.write({ [own]: good });
  await site.run();
  await rm(site.path(own));
  assert.match((await site.run()).join(), /no longer has a certificate/);
  assert.equal(await isThere(approved), false);
});

test('A bad certificate is skipped with its reason, the valid one stays, and the site starts.', async () => {
  const [certificate = '', key = ''] = good.split(/(?<=-----END CERTIFICATE-----\n)/);
  const foreignKey = foreign.slice(foreign.indexOf('-----BEGIN PRIVATE'));
  const bad: [string, RegExp][] = [
    ['', /it is empty/],
    ['hello', /there is no certificate in it/],
    [certificate, /there is no private key in it/],
    [key, /there is no certificate in it/],
    [certificate + foreignKey, /its private key does not belong to any certificate in it/],
    [foreign, /it is not for example\.com but for DNS:other\.test/],
    [good.replace(/(CERTIFICATE-----\n.{20})..../, '$1AAAA'), /is damaged|does not belong/],
    ['x'.repeat(2 * 1024 * 1024), /2097152 bytes, more than/],
  ];
  await site.write({ [own]: good });
  await site.run();
  for (const [pem, reason] of bad) {
    await site.write({ [own]: pem });
    const lines = await site.run();
    const warning = lines.find((line) => line.startsWith('<4>')) ?? '';
    assert.match(warning, /The certificate .*TLS\/example\.com\.pem is skipped/);
    assert.match(warning, reason);
    assert.equal(await site.read(approved), good);
  }
});

test('An expired certificate is skipped, and the previous one stays in use.', async () => {
  await site.write({ [own]: good });
  await site.run();
  await site.write({ [own]: await makeEndedCertificate('example.com') });
  assert.match((await site.run()).join(), /<4>The certificate .* is skipped.*it expired on 2020-02-01/);
  assert.equal(await site.read(approved), good);
});

test('HAProxy gets a sorted chain, whatever the order in the file, and the log reports skipped certificates.', async () => {
  const root = await issueCertificate({ commonName: 'Root', extensions: ofCa });
  const middle = await issueCertificate({ commonName: 'Middle', extensions: ofCa, issuer: root });
  const extensions = ['subjectAltName=DNS:example.com'];
  const leaf = await issueCertificate({ commonName: 'example.com', extensions, issuer: middle });
  await site.write({ [own]: root.certificate + middle.certificate + leaf.certificate + leaf.key });
  const lines = (await site.run()).join();
  assert.equal(await site.read(approved), leaf.certificate + middle.certificate + leaf.key);
  assert.match(lines, /The root 'CN=Root' is skipped/);
  assert.match(lines, /<4>.* does not cover www\.example\.com, which stays on http/);
  assert.deepEqual(
    (await site.run()).filter((line) => /certificate/.test(line)),
    [],
  );
});

test('A link instead of a certificate is not followed, so no key of another domain is served.', async () => {
  await site.write({
    'elsewhere/example.com.pem': good,
    'domains/example.com/static/www-content/index.html': 'x',
  });
  await mkdir(site.path('domains/example.com/TLS'), { recursive: true });
  await symlink(site.path('elsewhere/example.com.pem'), site.path(own));
  assert.match((await site.run()).join(), /was not read because it is a symbolic link or lies behind one/);
  await rm(site.path('domains/example.com/TLS'), { recursive: true });
  await symlink(site.path('elsewhere'), site.path('domains/example.com/TLS'));
  assert.match((await site.run()).join(), /was not read because it is a symbolic link or lies behind one/);
  await rm(site.path('domains/example.com/TLS'));
  await mkdir(site.path('domains/example.com/TLS'));
  await link(site.path('elsewhere/example.com.pem'), site.path(own));
  assert.match((await site.run()).join(), /is not a regular file/);
  assert.equal(await isThere(approved), false);
});

test('A temporary file left by a killed run is replaced, and others can never read its key.', async () => {
  const layout = readLayout({ FREEHOLD_DATA: site.data }, parseDomain('example.com'), new Map());
  await makeBases(layout);
  await site.write({ [own]: good, 'elsewhere.txt': 'untouched' });
  await symlink(site.path('elsewhere.txt'), `${layout.approvedCertificate}.tmp`);
  await publishCertificate(layout, createLog(recordingStream()));
  assert.equal(await site.read('elsewhere.txt'), 'untouched');
  assert.equal(await site.read(approved), good);
});

test('For a new domain, a certificate uploaded alone is installed beside the welcome page.', async () => {
  await site.write({ [uploaded]: good });
  await site.run();
  assert.deepEqual([await site.read(approved), await site.read(own)], [good, good]);
  assert.equal((await stat(site.path(own))).mode & 0o777, 0o600);
  assert.ok(await isThere(content));
  assert.deepEqual(await readdir(site.path('import')), []);
});

test('A certificate uploaded alone replaces the one of a site atomically.', async () => {
  await site.write({ [own]: good, [content]: 'mine', [uploaded]: renewed });
  assert.match((await site.run()).join(), /Installed the certificate of example\.com from/);
  assert.deepEqual(
    [await site.read(approved), await site.read(own), await site.read(content)],
    [renewed, renewed, 'mine'],
  );
  assert.deepEqual(await readdir(site.path('import')), []);
});

test('A bad certificate uploaded alone stays in place, and so does the valid one in use.', async () => {
  await site.write({ [own]: good, [content]: 'mine', [uploaded]: foreign });
  assert.match(
    (await site.run()).join(),
    /<4>The certificate in .* was not installed: it is not for example\.com/,
  );
  assert.deepEqual([await site.read(own), await site.read(uploaded)], [good, foreign]);
  await writeFile(site.path('import/example.com/TLS/chain.pem'), 'x');
  assert.match((await site.run()).join(), /was not installed: .*chain\.pem does not belong there/);
});
