import { sameBoot } from '@freehold/core/boot-id';
import type { ApprovedCertificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { type HostRecord, parseHostRecord } from '@freehold/core/host-record';
import type { Fault } from '@freehold/core/report-faults';
import {
  parseServiceKey,
  parseServiceRecord,
  type ServiceKey,
  type ServiceRecord,
} from '@freehold/core/service-record';
import type { Desired } from './desired.ts';
import { type Announced, chooseRecords } from './one-app.ts';
import type { Backend, Site, Sites } from './site.ts';
import type { SitesNetwork } from './sites-network.ts';

type Parsed = { key: ServiceKey; record: ServiceRecord };
type Entries = ReadonlyMap<string, string>;

/** What the sites are read from. */
export interface Sources {
  /** Entries of etcd under `/services/` and `/hosts/`. */
  readonly services: Entries;
  readonly hosts: Entries;
  /** The revisions in which the services' keys were created. */
  readonly created: ReadonlyMap<string, bigint>;
  readonly certificates: ReadonlyMap<string, ApprovedCertificate>;
}

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

/**
 * Makes a reader of sites that parses each etcd entry once, however often it looks again. An entry
 * that is not sound is a fault and touches no other site.
 */
export function createSiteReader(here: Here) {
  let parsed = new Map<string, { value: string; result: Parsed | Fault }>();

  return function readSites(sources: Sources): { sites: Sites; others: Others; faults: Fault[] } {
    const faults: Fault[] = [];
    const hosts = readHosts(sources.hosts, faults);
    const found = new Map<Domain, Announced[]>();
    const seen: typeof parsed = new Map();
    for (const [key, value] of sources.services) {
      const known = parsed.get(key);
      const result = known?.value === value ? known.result : parseEntry(key, value, here);
      seen.set(key, { value, result });
      if ('reason' in result) {
        faults.push(result);
        continue;
      }
      const announced = {
        ...result,
        created: sources.created.get(key) ?? 0n,
        counts: counts(result, here, hosts),
      };
      const { domain } = result.key;
      found.set(domain, [...(found.get(domain) ?? []), announced]);
    }
    parsed = seen;
    const sites = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
    const built = sites.map(([domain, announced]): [Domain, Site] => {
      const { chosen, faults: rivals } = chooseRecords(announced);
      faults.push(...rivals);
      const backends = chosen.map((one) => throughHop(backendOf(one), here, hosts));
      return [domain, { domain, backends, certificate: sources.certificates.get(domain) }];
    });
    return { sites: new Map(built), others: othersOf(here, built, hosts), faults };
  };
}

function parseEntry(subject: string, value: string, here: Here): Parsed | Fault {
  try {
    const key = parseServiceKey(subject);
    const record = parseServiceRecord(value);
    const ip = record.address?.ip;
    if (ip !== undefined && key.host === here.host && here.sitesNetwork?.(ip) === false)
      return { subject, reason: `${ip} is no address of this host's sites (FREEHOLD_SITES_NETWORK)` };
    return { key, record };
  } catch (error) {
    return { subject, reason: reasonOf(error) };
  }
}

function readHosts(entries: Entries, faults: Fault[]): Map<string, HostRecord> {
  const hosts = new Map<string, HostRecord>();
  for (const [key, value] of entries) {
    try {
      const record = parseHostRecord(key, value);
      hosts.set(record.host, record);
    } catch (error) {
      faults.push({ subject: key, reason: reasonOf(error) });
    }
  }
  return hosts;
}

/** An address counts in its host's present boot and, seen from another host, while that host is alive. */
function counts({ key, record }: Parsed, here: Here, hosts: ReadonlyMap<string, HostRecord>): boolean {
  return sameBoot(record.boot, key.host === here.host ? here.boot : hosts.get(key.host)?.boot);
}

function backendOf({ key: { host }, record, counts }: Announced): Backend {
  return { host, address: counts ? record.address : undefined };
}

/** In a cluster, what is on another host is reached through that host's HAProxy. */
function throughHop({ host, address }: Backend, here: Here, hosts: ReadonlyMap<string, HostRecord>): Backend {
  if (host === here.host || here.hopPort === undefined) return { host, address };
  const ip = hosts.get(host)?.ip;
  return { host, address: address && ip ? { ip, port: here.hopPort } : undefined, remote: true };
}

function othersOf(
  here: Here,
  sites: readonly [Domain, Site][],
  hosts: ReadonlyMap<string, HostRecord>,
): Others {
  if (here.hopPort === undefined) return new Map();
  const names = new Set(sites.flatMap(([, { backends }]) => backends.map(({ host }) => host)));
  names.delete(here.host);
  return new Map([...names].sort().map((name) => [name, hosts.get(name)?.ip]));
}
