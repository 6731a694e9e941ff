import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { FreeholdError } from './error.ts';

declare const brand: unique symbol;

/** A domain name in its ASCII form (RFC 5891), lower case, with at least one dot and no trailing one. */
export type Domain = string & { readonly [brand]: 'Domain' };

// RFC 1123 section 2.1: letters, digits and inner hyphens, up to 63 in a label.
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads a domain name as a person writes it (`Müller.example`) and returns its ASCII form
 * (`xn--mller-kva.example`).
 *
 * @throws FreeholdError `usage`, stating what is wrong with the name.
 */
export function parseDomain(text: string): Domain {
  const fault = (why: string) =>
    new FreeholdError(`${JSON.stringify(text.slice(0, 300))} is not a domain name: ${why}.`, {
      code: 'usage',
    });
  if (text === '') throw fault('it is empty');
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(text)) throw fault('only letters, digits, hyphens and dots are allowed');
  const ascii = domainToASCII(text);
  if (ascii === '') throw fault('it has no ASCII form (IDNA)');
  if (ascii.length > 253) throw fault('it is longer than 253 characters');
  if (isIP(ascii) !== 0) throw fault('it is an IP address');
  const labels = ascii.split('.');
  if (labels.length < 2) throw fault('it needs at least one dot, as in example.com');
  const bad = labels.find((part) => !label.test(part));
  if (bad !== undefined) throw fault(`the part ${JSON.stringify(bad)} is not allowed`);
  return ascii as Domain;
}

/**
 * Reads a domain name that is also part of names of units, containers and folders, so that only its ASCII
 * form is accepted.
 *
 * @throws FreeholdError `usage`, stating how to write the name.
 */
export function parseCanonicalDomain(text: string): Domain {
  const domain = parseDomain(text);
  if (text === domain) return domain;
  throw new FreeholdError(
    `${JSON.stringify(text)} is not in the form that units and folders use: write it as ${domain}, also in its unit, as in static@${domain}.`,
    { code: 'usage' },
  );
}

/** The names to which a site answers: the domain with and without `www.`. */
export function namesOf(domain: Domain): readonly [Domain, Domain] {
  return [domain, `www.${domain}` as Domain];
}
