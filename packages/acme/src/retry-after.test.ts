import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryTime } from './retry-after.ts';

const now = Date.parse('2026-03-01T00:00:00Z');
const detail =
  'too many certificates already issued for "example.com", retry after 2026-03-02 12:00:00 UTC: see https://x';

test('Retry-After is seconds or a date', () => {
  assert.equal(retryTime({ header: '120', now }), now + 120_000);
  assert.equal(retryTime({ header: 'Sun, 01 Mar 2026 01:00:00 GMT', now }), now + 3_600_000);
  assert.equal(retryTime({ header: '0', now }), now);
});

test('without the header, the time in the text of a rate limit counts', () => {
  assert.equal(retryTime({ detail, now }), Date.parse('2026-03-02T12:00:00Z'));
  assert.equal(retryTime({ header: '60', detail, now }), now + 60_000);
  assert.equal(retryTime({ detail: 'too many requests', now }), undefined);
});

test('an invalid time is ignored, and a time is at most a week away', () => {
  assert.equal(retryTime({ header: 'soon', now }), undefined);
  assert.equal(retryTime({ header: '-5', now }), undefined);
  assert.equal(retryTime({ header: '999999999', now }), now + 7 * 86_400_000);
  assert.equal(retryTime({ header: 'Sun, 01 Mar 2020 01:00:00 GMT', now }), now);
});
