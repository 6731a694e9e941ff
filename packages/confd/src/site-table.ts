// The sites that etcd and the certificates describe. A changed key costs that key and its domain, however many there are.
import type { ApprovedCertificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { type HostRecord, parseHostRecord } from '@freehold/core/host-record';
import type { Fault } from '@freehold/core/report-faults';
import { type Announced, chooseRecords } from './one-app.ts';
import {
  type Entries,
  type Here,
  isCounted,
  type Others,
  type Parsed,
  parseEntry,
  throughHop,
} from './read-entry.ts';
import { type Backend, type Site, type Sites, sameSite } from './site.ts';

/** What the sites are read from. */
export interface Sources {
  /** Entries of etcd under `/services/` and `/hosts/`. */
  readonly services: Entries;
  readonly hosts: Entries;
  /** The revisions in which the services' keys were created. */
  readonly created: ReadonlyMap<string, bigint>;
  /** By domain. */
  readonly certificates: ReadonlyMap<string, ApprovedCertificate>;
  /** Whether there are keys for host-to-host proxying; without them, sites of other hosts are known and not reached. */
  readonly hopKeys: boolean;
}

/** What has changed in the sources since the last update. */
export interface Dirty {
  /** Keys under `/services/`. */
  readonly keys: Iterable<string>;
  /** Domains whose certificate changed. */
  readonly certificates: Iterable<string>;
}

export interface SiteTable {
  /** In no particular order; the same Map after each update. */
  readonly sites: Sites;
  /** The other hosts that have sites, with the addresses of those that live; empty on a host that is alone. */
  others(): Others;
  faults(): Fault[];
  /** Brings it up to date where something has changed; returns the domains that are different now. */
  update(sources: Sources, dirty: Dirty): Set<Domain>;
  /** Compares everything with the sources; returns the domains that are different now. */
  updateAll(sources: Sources): Set<Domain>;
}

/** An invalid entry is a fault and affects no other site. */
export function createSiteTable(here: Here): SiteTable {
  const entries = new Map<string, { value: string; created: bigint; result: Parsed | Fault }>();
  const keysOf = new Map<Domain, Set<string>>();
  const sites = new Map<Domain, Site>();
  const rivals = new Map<Domain, Fault[]>();
  const invalid = new Map<string, Fault>();
  const sitesAt = new Map<string, number>();
  let hosts = new Map<string, HostRecord>();
  let hostFaults: Fault[] = [];
  let hopKeys = false;
  let basis = '';

  /** Reads one key again; returns the domain that it concerns, if any. */
  function readKey(key: string, { services, created }: Sources): Domain | undefined {
    const known = entries.get(key);
    const value = services.get(key);
    const revision = created.get(key) ?? 0n;
    if (known && known.value === value && known.created === revision) return undefined;
    invalid.delete(key);
    const past = known && 'key' in known.result ? known.result.key.domain : undefined;
    if (value === undefined) {
      entries.delete(key);
      if (past) keysOf.get(past)?.delete(key);
      return past;
    }
    const result = known?.value === value ? known.result : parseEntry(key, value, here);
    entries.set(key, { value, created: revision, result });
    if ('reason' in result) {
      invalid.set(key, result);
      if (past) keysOf.get(past)?.delete(key);
      return past;
    }
    const { domain } = result.key;
    const keys = keysOf.get(domain) ?? new Set();
    keysOf.set(domain, keys.add(key));
    return domain;
  }

  /** Makes the site of a domain again; tells whether it is different now. */
  function build(domain: Domain, sources: Sources): boolean {
    const announced: Announced[] = [];
    for (const key of keysOf.get(domain) ?? []) {
      const entry = entries.get(key);
      if (!entry || 'reason' in entry.result) continue;
      const { result, created } = entry;
      announced.push({ ...result, created, counts: isCounted(result, here, hosts) });
    }
    const past = sites.get(domain);
    rivals.delete(domain);
    if (announced.length === 0) {
      keysOf.delete(domain);
      sites.delete(domain);
      count(past?.backends ?? [], -1);
      return past !== undefined;
    }
    const { chosen, faults } = chooseRecords(announced);
    if (faults.length > 0) rivals.set(domain, faults);
    const backends = chosen.map(({ key: { host }, record, counts }) => {
      const backend = { host, address: counts ? record.address : undefined };
      return throughHop(backend, { here, hosts, keys: sources.hopKeys });
    });
    const site = { domain, backends, certificate: sources.certificates.get(domain) };
    if (past && sameSite(past, site)) return false;
    count(past?.backends ?? [], -1);
    count(backends, 1);
    sites.set(domain, site);
    return true;
  }

  function count(backends: readonly Backend[], by: number): void {
    for (const { host } of backends) sitesAt.set(host, (sitesAt.get(host) ?? 0) + by);
  }

  /** What every site depends on; tells whether it is different now. */
  function readBasis({ hosts: read, hopKeys: haveKeys }: Sources): boolean {
    const now = JSON.stringify([[...read].sort(), haveKeys]);
    if (now === basis) return false;
    basis = now;
    hopKeys = haveKeys;
    hosts = new Map();
    hostFaults = [];
    for (const [key, value] of read) {
      try {
        const record = parseHostRecord(key, value);
        hosts.set(record.host, record);
      } catch (error) {
        hostFaults.push({ subject: key, reason: reasonOf(error) });
      }
    }
    return true;
  }

  function update(sources: Sources, { keys, certificates }: Dirty): Set<Domain> {
    if (readBasis(sources)) return updateAll(sources);
    const domains = new Set([...certificates] as Domain[]);
    for (const key of keys) {
      const domain = readKey(key, sources);
      if (domain !== undefined) domains.add(domain);
    }
    return new Set([...domains].filter((domain) => build(domain, sources)));
  }

  function updateAll(sources: Sources): Set<Domain> {
    readBasis(sources);
    for (const key of new Set([...entries.keys(), ...sources.services.keys()])) readKey(key, sources);
    const domains = new Set([...keysOf.keys(), ...sites.keys()]);
    return new Set([...domains].filter((domain) => build(domain, sources)));
  }

  return {
    sites,
    update,
    updateAll,
    faults: () => [...invalid.values(), ...[...rivals.values()].flat(), ...hostFaults],
    others() {
      if (here.hopPort === undefined || !hopKeys) return new Map();
      const names = [...sitesAt].flatMap(([host, sites]) => (sites > 0 && host !== here.host ? [host] : []));
      return new Map(names.sort().map((name) => [name, hosts.get(name)?.ip]));
    },
  };
}
