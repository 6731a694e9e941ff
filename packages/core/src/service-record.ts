import { isIP } from 'node:net';
import * as v from 'valibot';
import { bootId } from './boot-id.ts';
import { type Domain, parseDomain } from './domain.ts';
import { FreeholdError } from './error.ts';

/** Where the records are: `/services/APP/DOMAIN/HOST`. */
export const servicesPrefix = '/services/';

/** Which site on which host a record is about. */
export interface ServiceKey {
  readonly app: string;
  readonly domain: Domain;
  readonly host: string;
}

/** A backend's address. `port` is a TCP port. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** A record's value: known on a host since the boot `boot`; without an address while stopped. */
export interface ServiceRecord {
  readonly boot: string;
  readonly address?: Address | undefined;
}

const appName = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9-]{0,31}$/, 'an app is lower case letters, digits, hyphens'),
);
const hostName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'a host is lower case letters, digits, hyphens, dots'),
);
const recordValue = v.object({
  ip: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => isIP(text) !== 0 && !text.includes('%'), 'ip is no IP address'),
    ),
  ),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
  boot: bootId,
});

/** The largest value that is looked at, in bytes: a record has under 200. */
const maxValueBytes = 4096;

/** @throws FreeholdError if a part may not stand in a key. */
export function formatServiceKey(key: ServiceKey): string {
  return `${servicesPrefix}${check(appName, key.app)}/${key.domain}/${check(hostName, key.host)}`;
}

/** @throws FreeholdError saying what is wrong with the key. */
export function parseServiceKey(key: string): ServiceKey {
  const parts = key.startsWith(servicesPrefix) ? key.slice(servicesPrefix.length).split('/') : [];
  const [app, name, host] = parts;
  if (parts.length !== 3 || app === undefined || name === undefined || host === undefined) {
    throw new FreeholdError('the key is not of the form /services/APP/DOMAIN/HOST');
  }
  const domain = parseDomain(name);
  if (domain !== name) throw new FreeholdError(`the domain is not in its ASCII form, which is ${domain}`);
  return { app: check(appName, app), domain, host: check(hostName, host) };
}

/** The value as it is put into etcd: one JSON object with `ip` and `port` only while announced. */
export function formatServiceRecord(record: ServiceRecord): string {
  const { address, boot } = record;
  return JSON.stringify(address ? { ip: address.ip, port: address.port, boot } : { boot });
}

/** @throws FreeholdError saying what is wrong with the value. */
export function parseServiceRecord(value: string): ServiceRecord {
  if (value.length > maxValueBytes) {
    throw new FreeholdError(`the value has ${value.length} characters, more than ${maxValueBytes}`);
  }
  const { ip, port, boot } = check(recordValue, parseJson(value));
  if (ip === undefined) return { boot };
  if (port === undefined) throw new FreeholdError('there is an ip but no port');
  return { boot, address: { ip, port } };
}

/** @throws FreeholdError with the schema's own words; also used for host records. */
export function check<T extends v.GenericSchema>(schema: T, input: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue);
  throw new FreeholdError(where ? `${where}: ${issue.message}` : issue.message);
}

/** @throws FreeholdError if the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FreeholdError('the value is not JSON');
  }
}
