// What one entry of etcd says of a site, seen from this host.
import { sameBoot } from '@freehold/core/boot-id';
import { reasonOf } from '@freehold/core/error';
import type { HostRecord } from '@freehold/core/host-record';
import type { Fault } from '@freehold/core/report-faults';
import {
  parseServiceKey,
  parseServiceRecord,
  type ServiceKey,
  type ServiceRecord,
} from '@freehold/core/service-record';
import type { Desired } from './desired.ts';
import type { Backend } from './site.ts';
import type { SitesNetwork } from './sites-network.ts';

export type Parsed = { readonly key: ServiceKey; readonly record: ServiceRecord };
export type Entries = ReadonlyMap<string, string>;

/** The host that looks. */
export interface Here {
  readonly host: string;
  readonly boot: string;
  readonly hopPort?: number | undefined;
  /** Where its own sites can be; unset: anywhere. */
  readonly sitesNetwork?: SitesNetwork | undefined;
}

/** The other hosts that have sites, with the addresses of those that live; empty on a host that is alone. */
export type Others = NonNullable<Desired['others']>;

export function parseEntry(subject: string, value: string, here: Here): Parsed | Fault {
  try {
    const key = parseServiceKey(subject);
    const record = parseServiceRecord(value);
    const ip = record.address?.ip;
    if (ip !== undefined && key.host === here.host && here.sitesNetwork?.(ip) === false)
      return { subject, reason: `${ip} is not an address of this host's sites (FREEHOLD_SITES_NETWORK)` };
    return { key, record };
  } catch (error) {
    return { subject, reason: reasonOf(error) };
  }
}

/** An address counts in its host's present boot and, seen from another host, while that host is alive. */
export function isCounted(
  { key, record }: Parsed,
  here: Here,
  hosts: ReadonlyMap<string, HostRecord>,
): boolean {
  return sameBoot(record.boot, key.host === here.host ? here.boot : hosts.get(key.host)?.boot);
}

/**
 * In a cluster, what is on another host is reached through that host's HAProxy, or not at all where there are no keys for
 * host-to-host proxying.
 */
export function throughHop(
  { host, address }: Backend,
  { here, hosts, keys }: { here: Here; hosts: ReadonlyMap<string, HostRecord>; keys: boolean },
): Backend {
  if (host === here.host || here.hopPort === undefined) return { host, address };
  if (!keys) return { host };
  const ip = hosts.get(host)?.ip;
  return { host, address: address && ip ? { ip, port: here.hopPort } : undefined, remote: true };
}
