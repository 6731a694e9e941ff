import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameReason } from './same-reason.ts';

test('a reason is the same where only an address, an identifier or the hours differ', () => {
  const pairs = [
    ['Cannot read https://ca.test/order/17.', 'Cannot read https://ca.test/order/18.'],
    ['serverInternal: request 3ksdf83jkKJH28sdfkjh29', 'serverInternal: request 9ksdf83jkKJH28sdfkjh23'],
    ["This host's clock is 5 hours behind the CA's", "This host's clock is 6 hours behind the CA's"],
  ] as const;
  for (const [one, other] of pairs) assert.equal(isSameReason(one, other), true, one);
});

test('a different address, name or status is a different reason', () => {
  const sentence = 'a.test points to another server: 192.0.2.1 answers 404';
  for (const other of ['192.0.2.2 answers 404', '192.0.2.1 answers 500']) {
    assert.equal(isSameReason(sentence, `a.test points to another server: ${other}`), false);
  }
  assert.equal(isSameReason(undefined, sentence), false);
});
