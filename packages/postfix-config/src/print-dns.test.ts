import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { otherHosts } from './mail-hosts.ts';
import { dnsRecords } from './print-dns.ts';

const domain = parseDomain('a.test');

/** The records of a name, with the comments apart. */
function recordsOf(addresses: readonly string[], others: Parameters<typeof dnsRecords>[0]['others'] = []) {
  const lines = dnsRecords({ own: { name: 'h1.test', addresses }, others }, domain);
  const of = (name: string) => lines.filter((line) => line.startsWith(`${name}. `));
  return { of, lines, notes: lines.filter((line) => line.startsWith(';')).join('\n') };
}

test('a domain gets an MX, SPF and DMARC record, and no address for reports that nobody may read', () => {
  const { of } = recordsOf(['9.9.9.9']);
  assert.deepEqual(of('a.test'), ['a.test. MX 10 h1.test.', 'a.test. TXT "v=spf1 a:h1.test ~all"']);
  assert.deepEqual(of('_dmarc.a.test'), ['_dmarc.a.test. TXT "v=DMARC1; p=none"']);
  assert.deepEqual(of('h1.test'), ['h1.test. A 9.9.9.9', 'h1.test. TXT "v=spf1 a -all"']);
});

test('a host with both address families gets both address records, each with its PTR record', () => {
  const { of, lines, notes } = recordsOf(['9.9.9.9', '2620:fe::9']);
  assert.deepEqual(of('h1.test').slice(0, 2), ['h1.test. A 9.9.9.9', 'h1.test. AAAA 2620:fe::9']);
  const reverse = lines.filter((line) => line.includes(' PTR h1.test.'));
  assert.match(
    reverse.join('\n'),
    /^9\.9\.9\.9\.in-addr\.arpa\. PTR h1\.test\.\n9\.0\..*\.ip6\.arpa\. PTR h1\.test\.$/,
  );
  assert.doesNotMatch(notes, /not known|has no IPv/);
});

test('a non-public address is not recommended: the output states that the public one is unknown, and where to find it', () => {
  for (const address of ['10.0.0.5', '100.64.1.1', '127.0.0.1', '169.254.0.9', '203.0.113.5']) {
    const { of, notes } = recordsOf([address, '2620:fe::9']);
    assert.deepEqual(of('h1.test').slice(0, 1), ['h1.test. AAAA 2620:fe::9']);
    assert.match(
      notes,
      new RegExp(`public IPv4 address of h1.test is not known: .* from ${address}, which is `),
    );
    assert.match(notes, /Ask the provider/);
  }
  for (const address of ['fd00::1', 'fe80::1', '2001:db8::1']) {
    const { of, notes } = recordsOf(['9.9.9.9', address]);
    assert.deepEqual(of('h1.test').slice(0, 1), ['h1.test. A 9.9.9.9']);
    assert.match(notes, /public IPv6 address of h1.test is not known/);
  }
  assert.match(
    recordsOf(['9.9.9.9']).notes,
    /This host has no IPv6 route to the Internet, so h1\.test needs no AAAA record/,
  );
});

test('in a cluster every member is an MX and a sender, with its address or how to find it', () => {
  const boot = 'ab';
  const others = otherHosts('h1.test', {
    hosts: [
      { key: '/hosts/h1.test', value: JSON.stringify({ ip: '10.0.0.1', boot }) },
      { key: '/hosts/h3.test', value: JSON.stringify({ ip: '9.9.9.10', boot }) },
      { key: '/hosts/bad name', value: 'x' },
    ],
    // A host that is only dead.
    services: [
      { key: '/services/static/b.test/h2.test', value: '{}' },
      { key: '/services/static/b.test/h1.test', value: '{}' },
      { key: '/services/static/b.test/"; DROP', value: '{}' },
    ],
  });
  const { of, notes } = recordsOf(['9.9.9.9'], others);
  assert.deepEqual(of('a.test'), [
    'a.test. MX 10 h1.test.',
    'a.test. MX 20 h2.test.',
    'a.test. MX 20 h3.test.',
    'a.test. TXT "v=spf1 a:h1.test a:h2.test a:h3.test ~all"',
  ]);
  assert.deepEqual(of('h3.test'), ['h3.test. A 9.9.9.10', 'h3.test. TXT "v=spf1 a -all"']);
  assert.deepEqual(of('h2.test'), ['h2.test. TXT "v=spf1 a -all"']);
  assert.match(
    notes,
    /The public addresses of h2\.test are not known here\. To see them, run on that host: scripts\/mail\.sh dns/,
  );
  assert.match(
    dnsRecords({ own: { name: 'h1.test', addresses: [] }, others: undefined }, domain).join('\n'),
    /etcd does not answer/,
  );
});
