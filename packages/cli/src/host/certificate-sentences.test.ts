import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentenceOf } from './certificate-sentences.ts';

const row = { name: 'a.test', file: '/data/domains/a.test/TLS/a.test.pem', daysLeft: 12, problem: null };

test('each state of a certificate is a sentence', () => {
  assert.deepEqual(
    [
      { ...row, state: 'valid' },
      { ...row, state: 'none' },
      { ...row, state: 'kept' },
      { ...row, state: 'wrong', problem: 'it expires in 12 days' },
      { ...row, name: 'cluster client', state: 'wrong', problem: 'it has expired' },
    ].map(sentenceOf),
    [
      'a.test: valid for 12 more days.',
      'a.test: has no certificate of its own.',
      'a.test: is not a site of this host any more; /data/domains/a.test/TLS/a.test.pem is kept with its data.',
      'a.test: WRONG: it expires in 12 days.',
      'cluster client: WRONG: it has expired. scripts/cluster/issue.sh renews it (docs/how-to/run-a-cluster.md, Certificates).',
    ],
  );
});
