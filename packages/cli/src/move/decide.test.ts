import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from './decide.ts';
import { formatState, parseArrivingState, parseLeavingState } from './states.ts';

const asked = { domain: 'a.test', from: 'h1', to: 'h2' };
const decideBy = (here: string, there: string) =>
  decide(asked, parseLeavingState(here), parseArrivingState(there));

for (const [here, there, expected] of [
  ['site static', 'none', /^describe,check,begin,copy,copy-again,mail,take-over,give,announce,leave,finish$/],
  ['site static', 'unfinished', /^discard,describe,/],
  ['site static', 'ready h1', /^discard,describe,.* from h1$/],
  ['given static', 'ready h1', /^announce,leave,finish from h1$/],
  ['none', 'ready h1', /^announce,finish from h1$/],
  ['none', 'site static', /^done$/],
  ['given static', 'none', /was moved from h1, but not to h2/],
  ['given static', 'unfinished', /was moved from h1, but not to h2/],
  ['site static', 'site static', /h1 reports 'site static', and h2 reports 'site static'/],
  ['none', 'none', /h1 reports 'none', and h2 reports 'none'/],
  ['arriving', 'leaving', /reports 'arriving', and h2 reports 'leaving'/],
  ['none', 'unfinished', /h2 reports 'unfinished'/],
] as const) {
  test(`a site that is '${here}' at the first server and '${there}' at the second`, () => {
    const decision = decideBy(here, there);
    const text =
      decision.kind === 'go'
        ? `${decision.phases.join(',')}${decision.origin ? ` from ${decision.origin}` : ''}`
        : decision.kind === 'refuse'
          ? decision.reason
          : decision.kind;
    assert.match(text, expected);
  });
}

test('a state is parsed as it was written', () => {
  for (const text of ['site static', 'given wordpress', 'arriving', 'none'])
    assert.equal(formatState(parseLeavingState(`${text}\n`)), text);
  for (const text of ['site static-git', 'ready h1.example.com', 'unfinished', 'leaving', 'none'])
    assert.equal(formatState(parseArrivingState(`${text}\n`)), text);
});

test('an unknown state is refused', () => {
  for (const text of ['', 'site', 'site Static', 'ready', 'none static', 'given a b', 'hello'])
    assert.throws(() => parseLeavingState(text), /which is not a state of a move/);
  for (const text of ['', 'site', 'ready', 'leaving static', 'given static'])
    assert.throws(() => parseArrivingState(text), /which is not a state of a move/);
});
