import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalTime } from './renewal-time.ts';

const day = 86_400_000;
const lifetime = (days: number) => ({ start: 0, end: days * day });

test('without advice, certificates are renewed from two thirds of their lifetime on, spread over a thirtieth of it', () => {
  const times = Array.from({ length: 200 }, (_, seed) =>
    renewalTime({ validity: lifetime(90), seed: String(seed) }),
  );
  assert.ok(Math.min(...times) >= 60 * day);
  assert.ok(Math.max(...times) < 63 * day);
  assert.ok(Math.max(...times) - Math.min(...times) > 2 * day);
});

test('a short-lived certificate is renewed before its last day', () => {
  const time = renewalTime({ validity: lifetime(6), seed: 'a' });
  assert.ok(time >= 4 * day && time < 4.3 * day);
});

test('the same certificate always has the same renewal time', () => {
  const options = { validity: lifetime(45), seed: 'same' };
  assert.equal(renewalTime(options), renewalTime(options));
});

test('the advice of the CA counts, also if it is to renew at once, as after a revocation', () => {
  const validity = lifetime(90);
  const time = renewalTime({ validity, advised: { start: 50 * day, end: 52 * day }, seed: 'a' });
  assert.ok(time >= 50 * day && time < 52 * day);
  assert.ok(renewalTime({ validity, advised: { start: -2 * day, end: -day }, seed: 'a' }) < 0);
});

test('invalid advice, and advice that would let the certificate expire, is ignored', () => {
  const validity = lifetime(90);
  const without = renewalTime({ validity, seed: 'a' });
  assert.equal(renewalTime({ validity, advised: { start: 5 * day, end: day }, seed: 'a' }), without);
  assert.equal(renewalTime({ validity, advised: { start: 95 * day, end: 99 * day }, seed: 'a' }), 81 * day);
});
