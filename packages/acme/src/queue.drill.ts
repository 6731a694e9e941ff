import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestHost, isThere } from './host-under-test.ts';

test('50 of 60 sites of one domain have certificates after one run, and the others have a date', async () => {
  await using host = await createTestHost();
  const domains = Array.from({ length: 60 }, (_, index) => `s${String(index).padStart(2, '0')}.example.com`);
  for (const domain of domains) await host.addSite(domain);
  const { code, output } = await host.run(['--all']);
  assert.equal(code, 0, output);
  const found = await Promise.all(domains.map((domain) => isThere(host.layout.certificate(domain))));
  assert.equal(found.filter(Boolean).length, 50);
  for (const [index, domain] of domains.entries()) {
    if (!found[index])
      assert.match(await host.status(domain), /It is ordered: \d{4}-.*because of the rate limits of the CA/);
  }
  assert.equal(host.pebble.output().match(/Added order/g)?.length, 50);
  assert.equal((await host.run(['--all'])).output, '');
});
