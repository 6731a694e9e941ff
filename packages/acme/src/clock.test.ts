import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfClock } from './clock.ts';

const now = Date.parse('2026-03-01T00:00:00Z');
const hour = 3_600_000;

test('a clock that is a little off, or a CA that sends no date, is no fault', () => {
  assert.equal(faultOfClock(now + 0.9 * hour, now), undefined);
  assert.equal(faultOfClock(undefined, now), undefined);
});

test('a clock that is far off is reported with how far', () => {
  assert.match(faultOfClock(now + 72 * hour, now) ?? '', /clock is 3 days behind the CA's/);
  assert.match(faultOfClock(now - 5 * hour, now) ?? '', /clock is 5 hours ahead of the CA's/);
});
