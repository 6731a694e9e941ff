// One domain has one app: what is announced as two is never served as one site. Where several hosts announce the domain by
// different apps, the record that was created first decides. All hosts see the same records in etcd, so all decide alike.
import type { Fault } from '@freehold/core/report-faults';
import { formatServiceKey, type ServiceKey, type ServiceRecord } from '@freehold/core/service-record';

export interface Announced {
  readonly key: ServiceKey;
  readonly record: ServiceRecord;
  /** The revision of etcd in which the record was created. */
  readonly created: bigint;
  /** Whether its address counts: its host is alive, in the same boot. */
  readonly counts: boolean;
}

/** For one domain: a record for each host that has it, of one app where they have an address. */
export function chooseRecords(all: readonly Announced[]): { chosen: Announced[]; faults: Fault[] } {
  const sorted = all.toSorted(byAge);
  const faults: Fault[] = [];
  const hosts = new Map<string, Announced>();
  for (const one of [...sorted.filter(isServed), ...sorted.filter(hasAddress), ...sorted]) {
    const first = hosts.get(one.key.host);
    if (!first) hosts.set(one.key.host, one);
    else if (first !== one && isServed(one)) faults.push(rivalry(one, first));
  }
  // An address holds the domain while its host is down or starts again: another app does not take over meanwhile.
  const owner = sorted.find((one) => hosts.get(one.key.host) === one && hasAddress(one));
  const chosen: Announced[] = [];
  for (const one of hosts.values()) {
    if (owner && hasAddress(one) && one.key.app !== owner.key.app) faults.push(rivalry(one, owner));
    else chosen.push(one);
  }
  return {
    chosen: chosen.sort((one, other) => (one.key.host < other.key.host ? -1 : 1)),
    faults: unique(faults),
  };
}

function hasAddress({ record }: Announced): boolean {
  return record.address !== undefined;
}

function isServed(one: Announced): boolean {
  return one.counts && hasAddress(one);
}

function byAge(one: Announced, other: Announced): number {
  if (one.created !== other.created) return one.created < other.created ? -1 : 1;
  return formatServiceKey(one.key) < formatServiceKey(other.key) ? -1 : 1;
}

function rivalry(loser: Announced, winner: Announced): Fault {
  return {
    subject: formatServiceKey(loser.key),
    reason: `a domain has one app, and ${formatServiceKey(winner.key)} was created first. Stop one of the two sites`,
  };
}

function unique(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [fault.subject, fault])).values()];
}
