import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDns, parseForwards } from './mail-output.ts';

test('forwards are read with the keys that are documented', () => {
  const forward = {
    address: 'i@a.test',
    targets: ['x@b.test'],
    postfix: 'active',
    source: '/m',
    problem: null,
  };
  const skipped = { address: null, targets: [], postfix: 'skipped', source: '/n', problem: 'not JSON' };
  assert.deepEqual(parseForwards(JSON.stringify([forward, skipped])), [forward, skipped]);
  assert.deepEqual(parseForwards('[]\n'), []);
});

test('a table, and rows without a key, are refused', () => {
  for (const text of ['ADDRESS  GOES TO  POSTFIX  SOURCE\n', '[{"address":"i@a.test"}]']) {
    assert.throws(
      () => parseForwards(text),
      /^FreeholdError: Cannot parse the list that postfix-config printed: /,
    );
  }
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
