import { getDomain } from 'tldts';

/** The domain by which CAs count, as in example.co.uk for a.b.example.co.uk: Mozilla's public suffix list, both parts. */
export function registeredDomain(domain: string): string {
  return getDomain(domain, { allowPrivateDomains: true }) ?? domain;
}
