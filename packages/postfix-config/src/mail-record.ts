import { type Domain, parseDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { type Address, type Local, parseAddress, parseLocal } from '@freehold/core/mail-address';
import { check, parseJson } from '@freehold/core/service-record';
import * as v from 'valibot';

/** Where the forwards are stored: `/mail/DOMAIN/LOCAL`. */
export const mailPrefix = '/mail/';

/** The largest accepted value, in characters: 50 addresses of maximum length have 16,000. */
const maxValueLength = 65_536;

/** @throws FreeholdError stating what is wrong with the key. */
export function parseMailKey(key: string): { domain: Domain; local: Local } {
  const [name, local, ...more] = key.startsWith(mailPrefix) ? key.slice(mailPrefix.length).split('/') : [];
  if (name === undefined || local === undefined || more.length > 0) {
    throw new FreeholdError('the key is not of the form /mail/DOMAIN/LOCAL');
  }
  return { domain: parseDomain(name), local: parseLocal(local) };
}

export function formatMailKey({ domain, local }: { domain: Domain; local: Local }): string {
  return `${mailPrefix}${domain}/${local}`;
}

/** @throws FreeholdError stating what is wrong with the value; `limit` is the maximum number of targets. */
export function parseMailRecord(value: string, limit: number): Address[] {
  if (value.length > maxValueLength) {
    throw new FreeholdError(
      `the value has ${value.length} characters, more than the limit of ${maxValueLength}`,
    );
  }
  return parseTargets(check(targetList, parseJson(value)), limit);
}

const targetList = v.pipe(
  v.array(v.string('a target is not a string'), 'the value is not a list of addresses'),
  v.minLength(1, 'there is no address to forward to'),
);

/** @throws FreeholdError for an invalid address, or more than `limit` of them. */
export function parseTargets(texts: readonly string[], limit: number): Address[] {
  const targets = [...new Set(texts.map(parseAddress))];
  if (targets.length > limit) {
    throw new FreeholdError(`it has ${targets.length} targets, more than the limit of ${limit}`);
  }
  return targets;
}
