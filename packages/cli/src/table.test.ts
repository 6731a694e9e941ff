import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonOf, tableOf } from './table.ts';

const fields = [
  { key: 'name', header: 'NAME', type: 'text', meaning: '' },
  { key: 'names', header: 'NAMES', type: 'list', meaning: '' },
  { key: 'hidden', type: 'number', meaning: '' },
];

test('a table has dashes for missing values, and no control characters', () => {
  const rows = [
    { name: 'a\u001b[2J', names: ['x', 'y'], hidden: 1 },
    { name: null, names: [] },
  ];
  assert.deepEqual(tableOf(fields, rows), [
    'NAME        NAMES',
    String.raw`a\u001b[2J  x, y`,
    '-           -',
  ]);
});

test('JSON has every documented key in its order, and no other', () => {
  const rows = [{ other: 1, hidden: 2, name: 'a' }];
  assert.deepEqual(JSON.parse(jsonOf(fields, rows, false)), [{ name: 'a', names: null, hidden: 2 }]);
  assert.deepEqual(JSON.parse(jsonOf(fields, rows, true)), { name: 'a', names: null, hidden: 2 });
  assert.equal(jsonOf(fields, [], false), '[]');
});
