import { isIPv4 } from 'node:net';
import type { Domain } from '@freehold/core/domain';
import { parseServiceKey, parseServiceRecord, sameBoot } from '@freehold/core/service-record';

/** Which site is at an address of this host, and so may send as which domain. */
export type Senders = ReadonlyMap<string, Domain>;

/**
 * Reads the addresses of this host's own sites. What is malformed is passed over in silence, since haproxy-confd reads
 * the same entries and says so; an address that two sites claim is nobody's.
 */
export function readSenders(
  services: ReadonlyMap<string, string>,
  here: { host: string; boot: string },
): Senders {
  const found = new Map<string, Set<Domain>>();
  for (const [key, value] of services) {
    const record = tryParse(key, value);
    if (!record?.address || record.host !== here.host || !sameBoot(record.boot, here.boot)) continue;
    // The bridge of the sites has IPv4 only.
    if (!isIPv4(record.address.ip)) continue;
    found.set(record.address.ip, (found.get(record.address.ip) ?? new Set()).add(record.domain));
  }
  return new Map(
    [...found].flatMap(([ip, domains]) => (domains.size === 1 ? [[ip, [...domains][0] as Domain]] : [])),
  );
}

function tryParse(key: string, value: string) {
  try {
    return { ...parseServiceKey(key), ...parseServiceRecord(value) };
  } catch {
    return undefined;
  }
}
