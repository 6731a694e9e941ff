import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseNames } from './choose-names.ts';
import type { Verdict } from './judge-name.ts';

const ready: Verdict = { kind: 'ready' };
const absent: Verdict = { kind: 'absent', fault: 'no address.' };
const wrong: Verdict = { kind: 'wrong', fault: 'elsewhere.' };
const uncertain: Verdict = { kind: 'uncertain', fault: 'cannot be reached.' };
const choose = (rest: Partial<Parameters<typeof chooseNames>[0]>) =>
  chooseNames({
    ...{ domain: 'a.test', own: ready, www: ready, covered: false, urgent: false },
    ...rest,
  });
const namesOf = (rest: Partial<Parameters<typeof chooseNames>[0]>) => {
  const choice = choose(rest);
  return choice.kind === 'order' ? choice.names : choice.fault;
};

test('www. is included only if it points to this host', () => {
  assert.deepEqual(namesOf({}), ['a.test', 'www.a.test']);
  assert.deepEqual(choose({ www: absent }), { kind: 'order', names: ['a.test'], notes: [] });
  assert.deepEqual(choose({ www: wrong }), {
    kind: 'order',
    names: ['a.test'],
    notes: ['www.a.test is skipped: elsewhere.'],
  });
  assert.deepEqual(namesOf({ www: undefined }), ['a.test']);
});

test('without a valid domain there is no order', () => {
  assert.equal(namesOf({ own: absent }), 'no address.');
  assert.equal(namesOf({ own: wrong }), 'elsewhere.');
});

test('renewal waits for a www. name that was covered, until it is urgent', () => {
  assert.equal(namesOf({ www: wrong, covered: true }), 'elsewhere.');
  assert.deepEqual(namesOf({ www: wrong, covered: true, urgent: true }), ['a.test']);
  assert.deepEqual(namesOf({ www: absent, covered: true, urgent: true }), ['a.test']);
});

test('if this host cannot reach the name, the order is tried, for www. only if it was covered', () => {
  assert.deepEqual(namesOf({ own: uncertain, www: uncertain }), ['a.test']);
  assert.deepEqual(namesOf({ own: uncertain, www: uncertain, covered: true }), ['a.test', 'www.a.test']);
});
