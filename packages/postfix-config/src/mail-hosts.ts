// The hosts that receive a domain's mail and send that of its sites, with their known public addresses.
import { etcdOf } from '@freehold/core/etcd-address';
import { hostsPrefix, parseHostRecord } from '@freehold/core/host-record';
import { readOutgoingAddresses } from './outgoing-addresses.ts';
import type { PostfixSettings } from './settings.ts';
import { withEtcd } from './snapshot.ts';

/** A host and its addresses, public or not: for another host, the one at which its cluster reaches it. */
export interface MailHost {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface MailHosts {
  readonly own: MailHost;
  /** The other members of its cluster, by name. Undefined if etcd does not answer. */
  readonly others: readonly MailHost[] | undefined;
}

const servicesPrefix = '/services/';

export async function readMailHosts(settings: PostfixSettings): Promise<MailHosts> {
  const { FREEHOLD_HOST: name, FREEHOLD_HOST_IP: configured } = settings;
  const addresses = [...(configured ? [configured] : []), ...(await readOutgoingAddresses())];
  const others = await readOthers(settings).catch(() => undefined);
  return { own: { name, addresses: [...new Set(addresses)] }, others };
}

async function readOthers(settings: PostfixSettings): Promise<MailHost[]> {
  return withEtcd(etcdOf(settings), async (etcd) => {
    const [hosts, services] = [await etcd.list(hostsPrefix), await etcd.list(servicesPrefix)];
    return otherHosts(settings.FREEHOLD_HOST, { hosts: hosts.entries, services: services.entries });
  });
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

/** Living hosts, and dead ones that have sites. */
export function otherHosts(
  own: string,
  { hosts, services }: { hosts: readonly Entry[]; services: readonly Entry[] },
): MailHost[] {
  const known = new Map<string, string[]>();
  for (const { key } of services) {
    const host = key.slice(servicesPrefix.length).split('/')[2];
    if (host !== undefined && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(host)) known.set(host, []);
  }
  for (const { key, value } of hosts) {
    const record = tryParse(key, value);
    if (record) known.set(record.host, [record.ip]);
  }
  known.delete(own);
  return [...known]
    .map(([name, addresses]) => ({ name, addresses }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function tryParse(key: string, value: string) {
  try {
    return parseHostRecord(key, value);
  } catch {
    return undefined;
  }
}
