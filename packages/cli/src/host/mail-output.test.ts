import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columns } from '@freehold/core/print-lines';
import { parseDns, parseForwards } from './mail-output.ts';

test('forwards are read with their targets, and invalid entries with their reason', () => {
  const lines = [
    ...columns([
      ['ADDRESS', 'GOES TO', 'POSTFIX', 'FROM'],
      ['info@a.test', 'one@b.test, two@b.test', 'has it', '/mail/a.test/info'],
      ['@a.test', 'x@b.test', 'has it not yet', '/data/runtime/postfix/forwards.local line 3'],
      ['old@a.test', 'x@b.test', 'in Postfix only', '-'],
    ]),
    '/mail/a.test/x is left out: the value is not JSON',
  ];
  assert.deepEqual(parseForwards(`${lines.join('\n')}\n`), [
    {
      address: 'info@a.test',
      targets: ['one@b.test', 'two@b.test'],
      postfix: 'has it',
      source: '/mail/a.test/info',
      problem: null,
    },
    {
      address: '@a.test',
      targets: ['x@b.test'],
      postfix: 'has it not yet',
      source: '/data/runtime/postfix/forwards.local line 3',
      problem: null,
    },
    { address: 'old@a.test', targets: ['x@b.test'], postfix: 'in Postfix only', source: null, problem: null },
    { address: null, targets: [], postfix: null, source: '/mail/a.test/x', problem: 'the value is not JSON' },
  ]);
});

test('a table without forwards has no rows', () => {
  assert.deepEqual(parseForwards('ADDRESS  GOES TO  POSTFIX  FROM\n'), []);
});

test('records of DNS are read, and comments stay in the zone', () => {
  const zone = [
    '; a.test: its mail comes to this host',
    'a.test. MX 10 h1.test.',
    'a.test. TXT "v=spf1 a:h1.test ~all"',
  ];
  assert.deepEqual(parseDns('a.test', `${zone.join('\n')}\n`), {
    domain: 'a.test',
    records: [
      { name: 'a.test.', type: 'MX', value: '10 h1.test.' },
      { name: 'a.test.', type: 'TXT', value: '"v=spf1 a:h1.test ~all"' },
    ],
    zone,
  });
});
