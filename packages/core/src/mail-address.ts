import { type Domain, parseDomain } from './domain.ts';
import { FreeholdError } from './error.ts';

declare const brand: unique symbol;

/** A mail address whose domain is in its ASCII form and whose local part needs no quotes (RFC 5321 `Dot-string`). */
export type Address = string & { readonly [brand]: 'Address' };

/**
 * The local part of an address on this host, in lower case; `*` stands for all other local parts of its
 * domain.
 */
export type Local = string & { readonly [brand]: 'Local' };

export const catchAll = '*' as Local;

// RFC 5321's atext without % and !, which some servers treat as routing, and without | and `, which a shell
// or a table could misinterpret.
const dotString = /^[a-z0-9#$&'*+/=?^_{}~-]+(?:\.[a-z0-9#$&'*+/=?^_{}~-]+)*$/i;
// Local parts on this host are also part of a key (no /) and the first word of a line (no # at the start),
// and must not equal `*`.
const ownString = /^[a-z0-9$&'+=?^_{}~-][a-z0-9#$&'+=?^_{}~-]*(?:\.[a-z0-9#$&'+=?^_{}~-]+)*$/;

/**
 * Parses a target address. Its local part stays as written, since only its own server knows whether `Bob` and
 * `bob` are the same.
 *
 * @throws FreeholdError `usage`, stating what is wrong with the address.
 */
export function parseAddress(text: string): Address {
  const { local, domain } = split(text);
  check(text, local, dotString);
  return `${local}@${domain}` as Address;
}

/**
 * Parses the local part of an address on this host, as contained in a key. Upper and lower case are the same.
 *
 * @throws FreeholdError `usage`, stating what is wrong with it.
 */
export function parseLocal(text: string): Local {
  if (text === catchAll) return catchAll;
  const local = text.toLowerCase();
  check(text, local, ownString);
  return local as Local;
}

/**
 * Parses an address on this host, or a domain's catch-all as `*@example.com` or `@example.com`.
 *
 * @throws FreeholdError `usage`, stating what is wrong with it.
 */
export function parseOwnAddress(text: string): { local: Local; domain: Domain } {
  const { local, domain } = split(text.startsWith('@') ? `*${text}` : text);
  return { local: parseLocal(local), domain };
}

/** The parts of a parsed address; the local part in lower case. */
export function partsOf(address: Address): { local: string; domain: Domain } {
  const at = address.lastIndexOf('@');
  return { local: address.slice(0, at).toLowerCase(), domain: address.slice(at + 1) as Domain };
}

function split(text: string): { local: string; domain: Domain } {
  const at = text.lastIndexOf('@');
  if (at < 1) throw notAnAddress(text, 'it is not of the form NAME@DOMAIN');
  return { local: text.slice(0, at), domain: parseDomain(text.slice(at + 1)) };
}

function check(text: string, local: string, pattern: RegExp): void {
  if (local.length > 64) throw notAnAddress(text, 'the part before the @ is longer than 64 characters');
  if (!pattern.test(local)) throw notAnAddress(text, `the part ${JSON.stringify(local)} is not allowed`);
}

function notAnAddress(text: string, why: string): FreeholdError {
  return new FreeholdError(`${JSON.stringify(text.slice(0, 300))} is not a mail address: ${why}`, {
    code: 'usage',
  });
}
