import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfClock, toleratedMs } from './clock.ts';
import { endOfHold } from './hold.ts';

const hour = 3_600_000;

test('a clock that differs slightly, or a CA that sends no date, is not a problem', () => {
  assert.equal(faultOfClock(0.9 * hour), undefined);
  assert.equal(faultOfClock(undefined), undefined);
});

test('a clock that is far off is reported with how far', () => {
  assert.match(faultOfClock(72 * hour) ?? '', /clock is 3 days behind the CA's/);
  assert.match(faultOfClock(-5 * hour) ?? '', /clock is 5 hours ahead of the CA's/);
});

test('what a member whose clock is an hour ahead has noted counts for one whose clock is an hour behind', () => {
  const now = Date.now();
  const again = now + 5 * toleratedMs;
  assert.equal(endOfHold({ again, noted: now + 2 * toleratedMs }, now), again);
  assert.equal(endOfHold({ again, noted: now + 2 * toleratedMs + 1 }, now), 0);
});
