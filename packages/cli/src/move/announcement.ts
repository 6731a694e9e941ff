// Records in etcd, where both servers of a move may have the same one.
//
// There an announcement at the new server leads every visitor there at once, and what is written then would be lost if
// the move failed after that. So the site starts and has to answer there, and is announced once it has been given up.
import { sameBoot } from '@freehold/core/boot-id';
import type { Domain } from '@freehold/core/domain';
import {
  type Address,
  formatServiceKey,
  formatServiceRecord,
  parseServiceRecord,
  servicesPrefix,
} from '@freehold/core/service-record';

/**
 * Whether what a host has announced is in this host's etcd too.
 *
 * @param value the record of that host here; '' if there is none.
 * @param boot that host's boot id, with or without dashes.
 */
export function isShared(value: string, boot: string): boolean {
  try {
    return sameBoot(parseServiceRecord(value).boot, boot);
  } catch {
    return false;
  }
}

/** What discovery@DOMAIN will write again: it takes as long to start as all the rest of a move's end. */
export function announcementOf(site: {
  app: string;
  domain: Domain;
  host: string;
  boot: string;
  address: Address;
}): { key: string; value: string } {
  const { app, domain, host, boot, address } = site;
  return { key: formatServiceKey({ app, domain, host }), value: formatServiceRecord({ boot, address }) };
}

/** Hosts other than `own` that know the domain, by the keys of all records. */
export function otherHosts(keys: readonly string[], domain: string, own: string): string[] {
  const hosts = keys.flatMap((key) => {
    const [, name, host] = key.slice(servicesPrefix.length).split('/');
    return key.startsWith(servicesPrefix) && name === domain && host && host !== own ? [host] : [];
  });
  return [...new Set(hosts)].sort();
}
