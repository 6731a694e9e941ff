import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { dnsRecords } from './print-dns.ts';
import { readPostfixSettings } from './settings.ts';

test('a domain gets an MX, SPF and DMARC record, and no address for reports that nobody there may have', () => {
  const env = { FREEHOLD_HOST: 'h1.test', FREEHOLD_HOST_IP: '192.0.2.1', FREEHOLD_BOOT_ID: 'ab' };
  const records = dnsRecords(readPostfixSettings(env), parseDomain('a.test'));
  const of = (name: string) => records.filter((line) => line.startsWith(`${name}. `));
  assert.deepEqual(of('a.test'), ['a.test. MX 10 h1.test.', 'a.test. TXT "v=spf1 a:h1.test ~all"']);
  assert.deepEqual(of('_dmarc.a.test'), ['_dmarc.a.test. TXT "v=DMARC1; p=none"']);
  assert.deepEqual(of('h1.test'), ['h1.test. A 192.0.2.1', 'h1.test. TXT "v=spf1 a -all"']);
});
