import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesForAbsent } from './absence.ts';

test('An absent HAProxy is given the files that it accepted, then the newest, in turns that grow.', () => {
  const turns = { 0: 'accepted', 4999: 'accepted', 5000: 'newest', 14999: 'newest', 15000: 'accepted' };
  for (const [ms, files] of Object.entries(turns)) assert.equal(filesForAbsent(Number(ms)), files, ms);
  assert.equal(filesForAbsent(34_999), 'accepted');
  assert.equal(filesForAbsent(35_000), 'newest');
});

test('However long it is absent, each is laid down again and again.', () => {
  const seen = Array.from({ length: 24 }, (_, hour) => filesForAbsent(hour * 3_600_000 + 1));
  assert.ok(seen.includes('accepted') && seen.includes('newest'));
});
