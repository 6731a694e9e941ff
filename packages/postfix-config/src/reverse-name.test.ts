import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reverseName } from './reverse-name.ts';

test('the name of the PTR record of an address is derived from it', () => {
  assert.equal(reverseName('9.8.7.6'), '6.7.8.9.in-addr.arpa');
  const zeros = (count: number) => '0.'.repeat(count);
  assert.equal(reverseName('2620:FE::9'), `9.${zeros(23)}e.f.0.0.0.2.6.2.ip6.arpa`);
  assert.equal(reverseName('1:2:3:4:5:6:7:8').length, '1.'.repeat(32).length + 'ip6.arpa'.length);
  assert.match(reverseName('2001::'), /^(0\.){28}1\.0\.0\.2\.ip6\.arpa$/);
});
