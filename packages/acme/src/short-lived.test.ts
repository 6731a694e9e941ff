// Certificates that are valid for an hour, by a clock that is moved: an hour is what it may differ from the CA's.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestHost } from './host-under-test.ts';

const clockAt = (minutes: number) => ({
  TEST_CLOCK_SHIFT_MS: String(minutes * 60_000),
  NODE_OPTIONS: `--import ${join(import.meta.dirname, 'shift-clock.ts')}`,
});

test('a certificate of an hour is renewed at two thirds of it, and looked at again in time', async () => {
  await using host = await createTestHost({ lifetimeSeconds: 3600 });
  await host.addSite('a.test');
  assert.match((await host.run(['--all'])).output, /a\.test has a new certificate/);
  const pem = await host.certificate('a.test');
  const begin = new X509Certificate(pem).validFromDate.getTime();
  const next = Number(await readFile(host.layout.next, 'utf8')) * 1000;
  assert.ok(next >= begin + 40 * 60_000 - 1000 && next <= begin + 43 * 60_000, `${next - begin} ms`);
  assert.equal((await host.run(['--all'], clockAt(30))).output, '');
  assert.equal(await host.certificate('a.test'), pem);
  assert.match((await host.run(['--all'], clockAt(45))).output, /a\.test has a new certificate/);
  assert.notEqual(await host.certificate('a.test'), pem);
});
