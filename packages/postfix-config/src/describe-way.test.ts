import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, parseOwnAddress } from '@freehold/core/mail-address';
import { describeWay } from './describe-way.ts';
import { nameOf } from './forward.ts';

function describe(entries: Readonly<Record<string, readonly string[]>>, address: string): string[] {
  const forwards = Object.entries(entries).map(([own, targets]) => {
    const parts = parseOwnAddress(own);
    return [
      nameOf(parts),
      { ...parts, targets: targets.map(parseAddress), source: `key of ${own}` },
    ] as const;
  });
  return describeWay(new Map(forwards), parseAddress(address));
}

test('each step of the path has a line, and a repeated forward is described only once', () => {
  const entries = {
    'all@a.test': ['left@a.test', 'right@a.test'],
    'left@a.test': ['end@a.test', 'x@else.test'],
    'right@a.test': ['end@a.test'],
    'end@a.test': ['y@else.test'],
  };
  assert.deepEqual(describe(entries, 'All+tag@a.test'), [
    'All+tag@a.test is forwarded by the rule for all@a.test (key of all@a.test) to:',
    '  left@a.test is forwarded by the rule for left@a.test (key of left@a.test) to:',
    '    end@a.test is forwarded by the rule for end@a.test (key of end@a.test) to:',
    '      y@else.test: the message is sent there.',
    '    x@else.test: the message is sent there.',
    '  right@a.test is forwarded by the rule for right@a.test (key of right@a.test) to:',
    '    end@a.test is forwarded by the rule for end@a.test (key of end@a.test), as above.',
  ]);
});

test('forwards that fork and join 30 times take as many lines as there are targets', () => {
  const levels = Array.from({ length: 30 }, (_, level) => [`l${level + 1}@a.test`, `r${level + 1}@a.test`]);
  const entries = Object.fromEntries([
    ...levels.flatMap((next, level) => ['l', 'r'].map((side) => [`${side}${level}@a.test`, next])),
    ...['l', 'r'].map((side) => [`${side}30@a.test`, ['x@else.test']]),
  ]);
  assert.ok(describe(entries, 'l0@a.test').length < 200);
});
