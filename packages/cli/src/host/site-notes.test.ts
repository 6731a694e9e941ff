import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fewPortsLeft, unusualCertificates } from './site-notes.ts';

test('certificates that a person installed are reported shortly before they expire', () => {
  const statuses = new Map([
    ['far.test', 'Installed manually: valid until 2030-01-31, from X.'],
    ['managed.test', 'Managed manually (TLS/manual): valid until 2030-01-31, from X.'],
    ['near.test', 'Installed manually: valid until 2030-01-06, from X.'],
    ['none.test', 'There is no certificate yet. It is ordered: now.'],
    ['usual.test', 'Valid until 2030-03-01, from X. Renewed: 2030-01-31T00:00Z.'],
  ]);
  assert.deepEqual(unusualCertificates(statuses, new Date('2030-01-01T12:00:00Z')), [
    'near.test: Installed manually: valid until 2030-01-06, from X.',
    'none.test: There is no certificate yet. It is ordered: now.',
  ]);
});

test('a host whose bridge is nearly full is reported', () => {
  assert.equal(fewPortsLeft(949), undefined);
  assert.match(fewPortsLeft(950) ?? '', /^950 sites run on this host\. Its network has room for 1023/);
});
