import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesForAbsent } from './absence.ts';

test('While HAProxy is down, the accepted and the newest files alternate on disk, at growing intervals.', () => {
  const turns = { 0: 'accepted', 4999: 'accepted', 5000: 'newest', 14999: 'newest', 15000: 'accepted' };
  for (const [ms, files] of Object.entries(turns)) assert.equal(filesForAbsent(Number(ms)), files, ms);
  assert.equal(filesForAbsent(34_999), 'accepted');
  assert.equal(filesForAbsent(35_000), 'newest');
});

test('However long HAProxy is down, both sets of files keep alternating.', () => {
  const seen = Array.from({ length: 24 }, (_, hour) => filesForAbsent(hour * 3_600_000 + 1));
  assert.ok(seen.includes('accepted') && seen.includes('newest'));
});
