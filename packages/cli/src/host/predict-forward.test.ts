import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predictForward } from './predict-forward.ts';

const row = { postfix: 'active', problem: null };
const forwards = [
  { ...row, address: 'info@a.test', targets: ['x@b.test', 'y@b.test'], source: '/mail/a.test/info' },
  { ...row, address: '@a.test', targets: ['z@b.test'], source: '/mail/a.test/*' },
  { ...row, address: 'local@a.test', targets: ['z@b.test'], source: 'forwards.local:1' },
];

test('a new forward, and one that replaces another', () => {
  assert.match(
    predictForward(forwards, ['Info@A.test', 'me@b.test']),
    /^Would forward info@a\.test to me@b\.test; it is forwarded to x@b\.test, y@b\.test now\./,
  );
  assert.match(
    predictForward(forwards, ['new@bücher.test', 'me@b.test']),
    /^Would forward new@xn--bcher-kva\.test to me@b\.test; it is not in etcd now\./,
  );
});

test('a forward that is removed has to be in etcd', () => {
  assert.match(predictForward(forwards, ['*@a.test']), /^Would stop forwarding @a\.test to z@b\.test\./);
  for (const address of ['none@a.test', 'local@a.test'])
    assert.throws(() => predictForward(forwards, [address]), /is not in etcd/);
  assert.throws(() => predictForward(forwards, ['nobody']), { code: 'usage' });
});

test('what the change itself refuses is refused', () => {
  for (const args of [
    ['info@a.test', 'not-an-address'],
    ['in fo@a.test', 'me@b.test'],
    ['@@a.test', 'me@b.test'],
  ])
    assert.throws(() => predictForward(forwards, args), { code: 'usage' }, args.join(' '));
});
