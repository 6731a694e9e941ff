import { type Domain, parseDomain } from '@freehold/core/domain';
import { printLines } from './print-lines.ts';
import type { PostfixSettings } from './settings.ts';

/** Prints the records in DNS without which a domain's mail does not come here, or is not believed. */
export async function printDns(settings: PostfixSettings, domain: string): Promise<void> {
  printLines(dnsRecords(settings, parseDomain(domain)));
}

export function dnsRecords(settings: PostfixSettings, domain: Domain): string[] {
  const { FREEHOLD_HOST: host, FREEHOLD_HOST_IP: ip } = settings;
  const type = ip?.includes(':') ? 'AAAA' : 'A';
  return [
    `; ${domain}: its mail comes to this host; mail from it may come from here, and from elsewhere with a doubt (~all).`,
    `${domain}. MX 10 ${host}.`,
    `${domain}. TXT "v=spf1 a:${host} ~all"`,
    // Without rua=: there is no address of which it is sure that somebody reads it.
    `_dmarc.${domain}. TXT "v=DMARC1; p=none"`,
    `; The host itself, once for all domains: forwarded mail has its name as the domain of the sender.`,
    `${host}. ${type} ${ip ?? '(the address of this host)'}`,
    `${host}. TXT "v=spf1 a -all"`,
    `; And the address of this host has to have the name ${host} (PTR): whoever provides the address sets that.`,
  ];
}
