// Tests import DOMAIN --certificate, which runs whenever the file of a domain's certificate changes.
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { before, describe, type TestContext, test } from 'node:test';
import { makeCertificate } from './certificate-under-test.ts';
import { makeSite } from './site-under-test.ts';

const own = 'domains/example.com/TLS/example.com.pem';
const approved = 'runtime/haproxy/approved-certs/example.com.pem';
let good: string;
let renewed: string;
before(async () => {
  good = await makeCertificate('example.com', 'www.example.com');
  renewed = await makeCertificate('example.com', 'www.example.com');
});

async function makeCertificateSite(context: TestContext) {
  const site = await makeSite();
  context.after(() => site.remove());
  return { site, publish: () => site.run(['example.com', '--certificate']) };
}

// Each call waits for a second without changes.
describe('--certificate', { concurrency: 4 }, () => {
  test('A new, a renewed and a removed certificate are passed on to HAProxy, and nothing else is done.', async (context) => {
    const { site, publish } = await makeCertificateSite(context);
    await site.write({ [own]: good, 'import/example.com/static/www-content/index.html': 'waits' });
    await site.write({ 'import/example.com.tar': 'x' });
    const [before, lines] = [await site.list(), await publish()];
    assert.deepEqual(lines, ['<5>HAProxy has a new certificate for example.com.']);
    assert.equal(await site.read(approved), good);
    assert.deepEqual(await site.list(), before);
    await site.write({ [own]: renewed });
    await publish();
    assert.equal(await site.read(approved), renewed);
    assert.deepEqual(await publish(), [], 'an unchanged certificate is not logged');
    await rm(site.path(own));
    assert.match((await publish()).join(), /no longer has a certificate/);
    assert.deepEqual(await readdir(site.path('runtime/haproxy/approved-certs')), []);
  });

  test('A bad certificate is reported, and the previous one stays in use.', async (context) => {
    const { site, publish } = await makeCertificateSite(context);
    await site.write({ [own]: good });
    await publish();
    await site.write({ [own]: 'half' });
    assert.match((await publish()).join(), /^<4>The certificate .* is skipped/);
    assert.equal(await site.read(approved), good);
  });

  test('For a domain without data there is nothing to do, and nothing is created.', async (context) => {
    const { site, publish } = await makeCertificateSite(context);
    assert.deepEqual(await publish(), ['<6>example.com has no data here, so it has no certificate.']);
    assert.deepEqual(await readdir(site.data), []);
  });

  test("If a domain's data was deleted, its certificate is removed from HAProxy.", async (context) => {
    const { site, publish } = await makeCertificateSite(context);
    await site.write({ [own]: good });
    await publish();
    await rm(site.path('domains/example.com'), { recursive: true });
    assert.match((await publish()).join(), /no longer has a certificate/);
    assert.deepEqual(await readdir(site.path('domains')), []);
  });
});
