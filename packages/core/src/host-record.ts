import * as v from 'valibot';
import { bootId } from './boot-id.ts';
import { FreeholdError } from './error.ts';
import { check, parseJson } from './service-record.ts';

/** Where each host announces that it is alive, under a lease: `/hosts/HOST`. */
export const hostsPrefix = '/hosts/';

/** A living host: the address at which the other hosts reach it, and its current boot. */
export interface HostRecord {
  readonly host: string;
  readonly ip: string;
  readonly boot: string;
}

const value = v.object({
  ip: v.pipe(v.string(), v.ip('ip is not an IP address')),
  boot: bootId,
});

/** Key and value as they are written to etcd. */
export function formatHostRecord({ host, ip, boot }: HostRecord): { key: string; value: string } {
  return { key: `${hostsPrefix}${host}`, value: JSON.stringify({ ip, boot }) };
}

/** @throws FreeholdError stating what is wrong with the value. */
export function parseHostRecord(key: string, text: string): HostRecord {
  const host = key.slice(hostsPrefix.length);
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(host)) {
    throw new FreeholdError('the key is not of the form /hosts/HOST');
  }
  return { host, ...check(value, parseJson(text)) };
}
