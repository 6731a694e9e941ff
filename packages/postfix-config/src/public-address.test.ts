import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNotPublic } from './public-address.ts';

test('public addresses are distinguished from those that nobody outside can reach', () => {
  const reasons: Record<string, RegExp> = {
    '10.1.2.3': /private/,
    '172.31.255.255': /private/,
    '192.168.0.1': /private/,
    '100.64.0.1': /CGNAT/,
    '100.127.255.255': /CGNAT/,
    '127.0.1.1': /loopback/,
    '::1': /loopback/,
    '169.254.1.1': /link-local/,
    'fe80::1%eth0': /link-local/,
    'fd12:3456::1': /unique local/,
    '192.0.2.1': /documentation/,
    '203.0.113.9': /documentation/,
    '2001:db8::1': /documentation/,
    '3fff::1': /documentation/,
    '198.19.0.1': /measurements/,
    '224.0.0.1': /multicast/,
    'ff02::1': /multicast/,
    '2002:102:304::1': /transition/,
    '::ffff:9.9.9.9': /reserved/,
    '0.0.0.0': /reserved/,
    '255.255.255.255': /reserved/,
    '::': /reserved/,
    '4000::1': /reserved/,
  };
  for (const [address, reason] of Object.entries(reasons))
    assert.match(whyNotPublic(address) ?? 'public', reason, address);
  for (const address of ['9.9.9.9', '172.32.0.1', '100.128.0.1', '2620:fe::9', '2a01:4f8::1', '2001:4860::1'])
    assert.equal(whyNotPublic(address), undefined, address);
});
