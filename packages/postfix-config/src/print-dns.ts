import { isIPv6 } from 'node:net';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { printLines } from '@freehold/core/print-lines';
import { type MailHost, type MailHosts, readMailHosts } from './mail-hosts.ts';
import { whyNotPublic } from './public-address.ts';
import { reverseName } from './reverse-name.ts';
import type { PostfixSettings } from './settings.ts';

/** Prints the DNS records without which a domain's mail does not arrive here, or is not trusted. */
export async function printDns(settings: PostfixSettings, domain: string): Promise<void> {
  const parsed = parseDomain(domain);
  printLines(dnsRecords(await readMailHosts(settings), parsed));
}

export function dnsRecords({ own, others }: MailHosts, domain: Domain): string[] {
  const names = [own, ...(others ?? [])].map(({ name }) => name);
  return [
    `; ${domain}: ${names.length > 1 ? 'these hosts receive' : 'this host receives'} its mail and may send mail from it; mail from other hosts is marked as suspicious (~all).`,
    ...names.map((name, index) => `${domain}. MX ${index === 0 ? 10 : 20} ${name}.`),
    `${domain}. TXT "v=spf1 ${names.map((name) => `a:${name}`).join(' ')} ~all"`,
    // Without rua=: no address is certain to have a reader.
    `_dmarc.${domain}. TXT "v=DMARC1; p=none"`,
    ...hostRecords(own),
    ...(others ?? []).flatMap(memberRecords),
    ...(others
      ? []
      : [
          '; etcd does not answer. If this host is a member of a cluster, the other members are missing below.',
        ]),
  ];
}

/** The records of this host. An address that is not public would mislead other servers. */
function hostRecords({ name, addresses }: MailHost): string[] {
  const open = addresses.filter((address) => !whyNotPublic(address));
  return [
    `; ${name} itself, once for all domains: forwarded mail has its name as the sender's domain.`,
    ...open.flatMap((address) => addressRecords(name, address)),
    `${name}. TXT "v=spf1 a -all"`,
    ...(open.length > 0 ? ['; The provider of an address sets its PTR record.'] : []),
    ...familyNote(name, addresses, 4),
    ...familyNote(name, addresses, 6),
  ];
}

function addressRecords(name: string, address: string): string[] {
  return [`${name}. ${isIPv6(address) ? 'AAAA' : 'A'} ${address}`, `${reverseName(address)}. PTR ${name}.`];
}

/** Explains an address family in which this host has no public address. */
function familyNote(name: string, all: readonly string[], family: 4 | 6): string[] {
  const addresses = all.filter((address) => isIPv6(address) === (family === 6));
  if (addresses.some((address) => !whyNotPublic(address))) return [];
  const type = family === 6 ? 'AAAA' : 'A';
  const [address] = addresses;
  if (address === undefined)
    return [`; This host has no IPv${family} route to the Internet, so ${name} needs no ${type} record.`];
  return [
    `; The public IPv${family} address of ${name} is not known: outgoing connections come from ${address}, which is ${whyNotPublic(address)}.`,
    `; Ask the provider for the public address (its console shows it, and so does the first Received: line of a message`,
    `; from here). If there is one, it needs ${name}. ${type} ADDRESS, and a PTR record that points back to ${name}.`,
  ];
}

function memberRecords({ name, addresses }: MailHost): string[] {
  const open = addresses.filter((address) => !whyNotPublic(address));
  return [
    `; ${name}, another member of the cluster:`,
    ...open.flatMap((address) => addressRecords(name, address)),
    `${name}. TXT "v=spf1 a -all"`,
    `; ${open.length > 0 ? 'Further' : 'The'} public addresses of ${name} are not known here. To see them, run on that host: scripts/mail.sh dns`,
  ];
}
