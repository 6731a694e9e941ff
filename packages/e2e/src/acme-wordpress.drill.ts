// A WordPress on a host with automatic certificates.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { acmeUnits, removeCa, setUp, startCa, untilSecured } from './acme-host.ts';
import { fetchPage } from './fetch.ts';
import { exec, repository } from './host.ts';
import { hostTest } from './host-test.ts';

const site = 'word-c.test';

before(async () => {
  await startCa();
  await setUp('--operator', 'operator@example.org');
});
after(() => removeCa([site]));

hostTest('a WordPress is installed before its certificate is ordered', acmeUnits, async () => {
  await exec([`${repository}/scripts/add-site.sh`, site, '--app', 'wordpress']);
  await untilSecured(site);
  const { status, body } = await fetchPage(site, { tls: true });
  assert.deepEqual([status, /wp-content/.test(body)], [200, true]);
});
