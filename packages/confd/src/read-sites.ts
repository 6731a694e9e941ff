import type { Certificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { type HostRecord, parseHostRecord } from '@freehold/core/host-record';
import type { Fault } from '@freehold/core/report-faults';
import {
  parseServiceKey,
  parseServiceRecord,
  type ServiceKey,
  type ServiceRecord,
  sameBoot,
} from '@freehold/core/service-record';
import type { Desired } from './desired.ts';
import type { Backend, Site, Sites } from './site.ts';
import type { SitesNetwork } from './sites-network.ts';

type Parsed = { key: ServiceKey; record: ServiceRecord };
type Entries = ReadonlyMap<string, string>;

/** What the sites are read from. */
export interface Sources {
  /** Entries of etcd under `/services/` and `/hosts/`. */
  readonly services: Entries;
  readonly hosts: Entries;
  readonly certificates: ReadonlyMap<string, Certificate>;
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
    const found = new Map<Domain, Parsed[]>();
    const seen: typeof parsed = new Map();
    for (const [key, value] of sources.services) {
      const known = parsed.get(key);
      const result = known?.value === value ? known.result : parseEntry(key, value, here);
      seen.set(key, { value, result });
      if ('reason' in result) faults.push(result);
      else found.set(result.key.domain, [...(found.get(result.key.domain) ?? []), result]);
    }
    parsed = seen;
    const counts = ({ key, record }: Parsed) =>
      key.host === here.host
        ? sameBoot(record.boot, here.boot)
        : sameBoot(record.boot, hosts.get(key.host)?.boot ?? '');
    const sites = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
    const built = sites.map(([domain, entries]): [Domain, Site] => [
      domain,
      {
        domain,
        backends: backendsOf(entries, counts, faults).map((one) => throughHop(one, here, hosts)),
        certificate: sources.certificates.get(domain),
      },
    ]);
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

/** One backend a host; of two apps that both have an address on one host, the first by name wins. */
function backendsOf(entries: Parsed[], counts: (entry: Parsed) => boolean, faults: Fault[]): Backend[] {
  const backends = new Map<string, Backend>();
  for (const entry of entries.sort((one, other) => (one.key.app < other.key.app ? -1 : 1))) {
    const { host, app, domain } = entry.key;
    const address = counts(entry) ? entry.record.address : undefined;
    const taken = backends.get(host)?.address;
    if (taken && address) {
      faults.push({
        subject: `/services/${app}/${domain}/${host}`,
        reason: `another app has announced this domain on this host, at ${taken.ip}`,
      });
    } else if (!taken) backends.set(host, { host, address });
  }
  return [...backends.values()].sort((one, other) => (one.host < other.host ? -1 : 1));
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
