// Determines which addresses others on the Internet can reach: the special-purpose ones of IANA's registries
// (RFC 6890) are not.
import { BlockList, isIPv6 } from 'node:net';

const special: readonly (readonly [reason: string, ...networks: string[]])[] = [
  ['private (RFC 1918)', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ["shared among a provider's customers (CGNAT, RFC 6598)", '100.64.0.0/10'],
  ['a loopback address', '127.0.0.0/8', '::1/128'],
  ['link-local', '169.254.0.0/16', 'fe80::/10'],
  ['unique local (RFC 4193)', 'fc00::/7'],
  [
    'for documentation only',
    ...['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ],
  ['for measurements only (RFC 2544)', '198.18.0.0/15'],
  ['a multicast address', '224.0.0.0/4', 'ff00::/8'],
  ['of a transition mechanism', '192.88.99.0/24', '2001::/23', '2002::/16', '64:ff9b::/96'],
  ['reserved', '0.0.0.0/8', '192.0.0.0/24', '240.0.0.0/4'],
];

const lists = special.map(([reason, ...networks]) => ({ reason, list: listOf(networks) }));
const globalIPv6 = listOf(['2000::/3']);

/** Why nobody outside can reach an IP address, in words that follow "which is"; undefined if it is public. */
export function whyNotPublic(address: string): string | undefined {
  const plain = address.replace(/%.*$/, '');
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
  const found = lists.find(({ list }) => list.check(plain, family));
  if (found) return found.reason;
  return family === 'ipv6' && !globalIPv6.check(plain, family) ? 'reserved' : undefined;
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}
