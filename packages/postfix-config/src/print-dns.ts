import { isIPv6 } from 'node:net';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { printLines } from '@freehold/core/print-lines';
import { type MailHost, type MailHosts, readMailHosts } from './mail-hosts.ts';
import { whyNotPublic } from './public-address.ts';
import { reverseName } from './reverse-name.ts';
import type { PostfixSettings } from './settings.ts';

/** Prints the records in DNS without which a domain's mail does not come here, or is not believed. */
export async function printDns(settings: PostfixSettings, domain: string): Promise<void> {
  const parsed = parseDomain(domain);
  printLines(dnsRecords(await readMailHosts(settings), parsed));
}

export function dnsRecords({ own, others }: MailHosts, domain: Domain): string[] {
  const names = [own, ...(others ?? [])].map(({ name }) => name);
  return [
    `; ${domain}: its mail comes to ${names.length > 1 ? 'these hosts' : 'this host'}; mail from it may come from here, and from elsewhere with a doubt (~all).`,
    ...names.map((name, index) => `${domain}. MX ${index === 0 ? 10 : 20} ${name}.`),
    `${domain}. TXT "v=spf1 ${names.map((name) => `a:${name}`).join(' ')} ~all"`,
    // Without rua=: there is no address of which it is sure that somebody reads it.
    `_dmarc.${domain}. TXT "v=DMARC1; p=none"`,
    ...hostRecords(own),
    ...(others ?? []).flatMap(memberRecords),
    ...(others
      ? []
      : [
          '; etcd does not answer. If this host is a member of a cluster, the other members are missing here.',
        ]),
  ];
}

/** The records of this host. An address that is not public would mislead other servers. */
function hostRecords({ name, addresses }: MailHost): string[] {
  const open = addresses.filter((address) => !whyNotPublic(address));
  return [
    `; ${name} itself, once for all domains: forwarded mail has its name as the domain of the sender.`,
    ...open.flatMap((address) => addressRecords(name, address)),
    `${name}. TXT "v=spf1 a -all"`,
    ...(open.length > 0 ? ['; PTR records are set by the provider of the address.'] : []),
    ...familyNote(name, addresses, 4),
    ...familyNote(name, addresses, 6),
  ];
}

function addressRecords(name: string, address: string): string[] {
  return [`${name}. ${isIPv6(address) ? 'AAAA' : 'A'} ${address}`, `${reverseName(address)}. PTR ${name}.`];
}

/** Explains a family of addresses in which this host has no public one. */
function familyNote(name: string, all: readonly string[], family: 4 | 6): string[] {
  const addresses = all.filter((address) => isIPv6(address) === (family === 6));
  if (addresses.some((address) => !whyNotPublic(address))) return [];
  const type = family === 6 ? 'AAAA' : 'A';
  const [address] = addresses;
  if (address === undefined)
    return [`; This host has no route to others by IPv${family}, so ${name} needs no ${type} record.`];
  return [
    `; The public IPv${family} address of ${name} is not known: connections leave this machine from ${address}, which is ${whyNotPublic(address)}.`,
    `; Ask the provider for the address that others see (its console shows it, and so does the first Received: line of a message`,
    `; from here). If there is one, it needs ${name}. ${type} ADDRESS, and a PTR record that leads back to ${name}.`,
  ];
}

function memberRecords({ name, addresses }: MailHost): string[] {
  const open = addresses.filter((address) => !whyNotPublic(address));
  return [
    `; ${name}, another member of the cluster:`,
    ...open.flatMap((address) => addressRecords(name, address)),
    `${name}. TXT "v=spf1 a -all"`,
    `; ${open.length > 0 ? 'Further' : 'The'} public addresses of ${name} are not known here: scripts/mail.sh dns on that host shows them.`,
  ];
}
