import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterAccepted, afterRefused, firstStep, portion, type Search } from './offender-search.ts';

/** Runs the search against a HAProxy that refuses what contains an offender; gives those blamed and the tries. */
function search(total: number, offenders: readonly number[], refusesAll = false) {
  let left = Array.from({ length: total }, (_, index) => index);
  const blamed: number[] = [];
  let step: Search = firstStep;
  for (let tries = 1; ; tries++) {
    assert.ok(tries < 1000, 'it ends');
    const tried = left.slice(0, portion(step, left.length));
    const bad = tried.some((one) => offenders.includes(one) && !blamed.includes(one));
    if (!bad && !refusesAll) {
      const before = left.length;
      left = left.filter((one) => !tried.includes(one));
      if (left.length === 0) return { blamed, tries, outcome: 'accepted' };
      step = afterAccepted(step, before);
      continue;
    }
    const next = afterRefused(step, tried.length);
    if (next === 'give-up') return { blamed, tries, outcome: 'refused' };
    if (next === 'blame') blamed.push(tried[0] ?? -1);
    else step = next;
  }
}

test('Without an offender, one attempt is enough.', () => {
  assert.deepEqual(search(100, []), { blamed: [], tries: 1, outcome: 'accepted' });
});

test('Every offender is found, wherever it is, and nobody else is blamed.', () => {
  for (const total of [1, 2, 3, 7, 20]) {
    for (let one = 0; one < total; one++) {
      assert.deepEqual(search(total, [one]).blamed, [one]);
      const other = (one * 7 + 3) % total;
      const both = [...new Set([one, other])].sort((a, b) => a - b);
      assert.deepEqual(search(total, both).blamed, both);
    }
  }
});

test('One offender among 10,000 changes takes few tries.', () => {
  for (const offender of [0, 7777, 9999]) assert.ok(search(10_000, [offender]).tries < 20);
});

test('If HAProxy refuses everything, it is asked twice, and no site is blamed.', () => {
  assert.deepEqual(search(100, [], true), { blamed: [], tries: 2, outcome: 'refused' });
  assert.deepEqual(search(0, [], true), { blamed: [], tries: 1, outcome: 'refused' });
});
