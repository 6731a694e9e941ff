import { isIP } from 'node:net';
import * as v from 'valibot';
import { bootId } from './boot-id.ts';
import { type Domain, parseDomain } from './domain.ts';
import { FreeholdError } from './error.ts';

/** Where the records are stored: `/services/APP/DOMAIN/HOST`. */
export const servicesPrefix = '/services/';

/** The site and the host that a record describes. */
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

/**
 * The value of a record: the site has been known on its host since the boot `boot`; it has no address while
 * stopped.
 */
export interface ServiceRecord {
  readonly boot: string;
  readonly address?: Address | undefined;
}

const appName = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9-]{0,31}$/, 'an app name has only lower-case letters, digits and hyphens'),
);
const hostName = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
    'a host name has only lower-case letters, digits, hyphens and dots',
  ),
);
const recordValue = v.object({
  ip: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => isIP(text) !== 0 && !text.includes('%'), 'ip is not an IP address'),
    ),
  ),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
  boot: bootId,
});

/** The largest accepted value, in bytes; a record has fewer than 200. */
const maxValueBytes = 4096;

/** @throws FreeholdError if a part is not allowed in a key. */
export function formatServiceKey(key: ServiceKey): string {
  return `${servicesPrefix}${check(appName, key.app)}/${key.domain}/${check(hostName, key.host)}`;
}

/** @throws FreeholdError stating what is wrong with the key. */
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

/**
 * The value as it is written to etcd: one JSON object, with `ip` and `port` only while the site is announced.
 */
export function formatServiceRecord(record: ServiceRecord): string {
  const { address, boot } = record;
  return JSON.stringify(address ? { ip: address.ip, port: address.port, boot } : { boot });
}

/** @throws FreeholdError stating what is wrong with the value. */
export function parseServiceRecord(value: string): ServiceRecord {
  if (value.length > maxValueBytes) {
    throw new FreeholdError(
      `the value has ${value.length} characters, more than the limit of ${maxValueBytes}`,
    );
  }
  const { ip, port, boot } = check(recordValue, parseJson(value));
  if (ip === undefined) return { boot };
  if (port === undefined) throw new FreeholdError('there is an ip but no port');
  return { boot, address: { ip, port } };
}

/** @throws FreeholdError with the schema's own message; also used for host records. */
export function check<T extends v.GenericSchema>(schema: T, input: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue);
  throw new FreeholdError(where ? `${where}: ${issue.message}` : issue.message);
}

/** @throws FreeholdError if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FreeholdError('the value is not JSON');
  }
}
