// import DOMAIN --certificate, which is called whenever the file of a domain's certificate changes.
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
  return { site, handOver: () => site.run(['example.com', '--certificate']) };
}

// Each call waits for a second in which nothing changes.
describe('--certificate', { concurrency: 4 }, () => {
  test('A new certificate, a renewed one and none any more are handed over, and nothing else is done.', async (context) => {
    const { site, handOver } = await makeCertificateSite(context);
    await site.write({ [own]: good, 'import/example.com/static/www-content/index.html': 'waits' });
    await site.write({ 'import/example.com.tar': 'x' });
    const [before, lines] = [await site.list(), await handOver()];
    assert.deepEqual(lines, ['<5>HAProxy has a new certificate for example.com.']);
    assert.equal(await site.read(approved), good);
    assert.deepEqual(await site.list(), before);
    await site.write({ [own]: renewed });
    await handOver();
    assert.equal(await site.read(approved), renewed);
    assert.deepEqual(await handOver(), [], 'the same again is not worth a line');
    await rm(site.path(own));
    assert.match((await handOver()).join(), /has no certificate any more/);
    assert.deepEqual(await readdir(site.path('runtime/haproxy/approved-certs')), []);
  });

  test('A bad certificate is named, and the one before stays in use.', async (context) => {
    const { site, handOver } = await makeCertificateSite(context);
    await site.write({ [own]: good });
    await handOver();
    await site.write({ [own]: 'half' });
    assert.match((await handOver()).join(), /^<4>The certificate .* is left out/);
    assert.equal(await site.read(approved), good);
  });

  test('A domain without data is nothing to do, and nothing is made.', async (context) => {
    const { site, handOver } = await makeCertificateSite(context);
    assert.deepEqual(await handOver(), ['<6>example.com has no data here, and so no certificate.']);
    assert.deepEqual(await readdir(site.data), []);
  });

  test('A domain whose data was deleted takes its certificate with it.', async (context) => {
    const { site, handOver } = await makeCertificateSite(context);
    await site.write({ [own]: good });
    await handOver();
    await rm(site.path('domains/example.com'), { recursive: true });
    assert.match((await handOver()).join(), /has no certificate any more/);
    assert.deepEqual(await readdir(site.path('domains')), []);
  });
});
