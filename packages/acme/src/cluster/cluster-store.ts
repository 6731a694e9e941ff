// The store of a cluster's member that orders for all: what it keeps is in etcd, sealed, and each write is made only while
// it has the lock.
import type { Domain } from '@freehold/core/domain';
import { CaError } from '../ca-error.ts';
import { checkCertificate, claimed, pemOf } from '../install-certificate.ts';
import { registeredDomain } from '../registered-domain.ts';
import { type Certificate, claimOf, describeCertificate, readSite, type SiteFacts } from '../site-facts.ts';
import { type SiteState, siteState } from '../state.ts';
import type { Issued, Store } from '../store.ts';
import {
  type Cluster,
  maxSharedBytes,
  openCertificate,
  openValue,
  readSites,
  type StoredCertificate,
  sealCertificate,
} from './cluster.ts';
import type { ClusterLock } from './cluster-lock.ts';
import {
  certificateKey,
  certificatesPrefix,
  changeKey,
  claimsPrefix,
  siteKey,
  sitesPrefix,
} from './etcd-keys.ts';
import { newChange } from './new-change.ts';
import { readParticipants } from './same-directory.ts';
import { createSharedState } from './shared-state.ts';

/** So many sites are read one by one. */
const few = 20;
/** So long what is read of the sites counts, in milliseconds. */
const freshMs = 2000;

/** @param options.onInstalled takes a new certificate over on this member. */
export function createClusterStore(options: {
  cluster: Cluster;
  lock: ClusterLock;
  onInstalled: () => Promise<void>;
}): Store {
  const { cluster, lock, onInstalled } = options;
  const { etcd, keyring, host, layout } = cluster;
  const shared = createSharedState(cluster, lock);
  let known: { readonly read: ReturnType<typeof readMembers>; readonly at: number } | undefined;
  // A run asks for one site after the other.
  const members = () => {
    if (!known || performance.now() - known.at > freshMs)
      known = { read: readMembers(cluster), at: performance.now() };
    return known.read;
  };
  const hostsOf = async (domain: Domain) => (await members()).sites.get(domain) ?? new Set<string>();
  const isHere = async (domain: Domain) => (await hostsOf(domain)).has(host);

  async function read(domain: Domain, now: number): Promise<SiteFacts> {
    const [siteAt, certificateAt] = [siteKey(domain), certificateKey(domain)];
    return factsOf(domain, now, {
      state: openValue(cluster, { key: siteAt, value: await etcd.get(siteAt) }, siteState),
      claims: await etcd.keys(`${claimsPrefix}${domain}/`),
      stored: summarize(openCertificate(cluster, certificateAt, await etcd.get(certificateAt))),
    });
  }

  /** Asks etcd some hundred times and not three times for each site. */
  async function* readAll(domains: readonly Domain[], now: number): AsyncGenerator<SiteFacts> {
    const states = await collect(cluster, sitesPrefix, (entry) => openValue(cluster, entry, siteState));
    const summaries = await collect(cluster, certificatesPrefix, ({ key, value }) =>
      summarize(openCertificate(cluster, key, value)),
    );
    const claims = Map.groupBy(await etcd.keys(claimsPrefix), (key) => key.split('/').at(-2) ?? '');
    for (const domain of domains) {
      yield factsOf(domain, now, {
        state: states.get(siteKey(domain)),
        claims: claims.get(domain) ?? [],
        stored: summaries.get(certificateKey(domain)),
      });
    }
  }

  async function factsOf(
    domain: Domain,
    now: number,
    { claims, stored, ...found }: Found,
  ): Promise<SiteFacts> {
    const state = found.state ?? { seen: now };
    const local = await readSite(layout, domain, now);
    if (claimOf(local) && (await isHere(domain))) return { ...local, state };
    const others = claims.filter((one) => !one.endsWith(`/${host}`));
    // Of a member without automatic certificates, as of a version before, it is not known which sites it leaves alone.
    const { participants } = await members();
    const takesPart = [...(await hostsOf(domain))].some((one) => participants.has(one));
    return {
      domain,
      registered: registeredDomain(domain),
      state,
      fault: undefined,
      optedOut: others.length > 0 || !takesPart,
      // One that a person has taken away at its member is of no use any more.
      certificate: stored?.isManual && others.length === 0 ? undefined : stored?.certificate,
    };
  }

  return {
    listSites: async () => [...(await readSites(cluster)).keys()].sort(),
    isSite: async (domain) => (await hostsOf(domain)).size > 0,
    whyNoSite: (domain) => `${domain} is not a site of this cluster: no member has announced it.`,
    isHere,
    readSite: read,
    async *readSites(domains, now) {
      if (domains.length > few) return yield* readAll(domains, now);
      for (const domain of domains) yield await read(domain, now);
    },
    async writeSite(domain, state) {
      const key = siteKey(domain);
      await lock.write({ puts: [{ key, value: keyring.seal(key, JSON.stringify(state)) }] });
    },
    readHost: shared.read,
    writeHost: shared.write,
    async install(issued: Issued) {
      const { domain, directory } = issued;
      const pem = pemOf(issued);
      checkCertificate(pem, domain);
      if (pem.length > maxSharedBytes) {
        const detail = `chain and key have ${pem.length} bytes, and a cluster shares ${maxSharedBytes} at most`;
        throw new CaError({ what: 'Cannot use the certificate that the CA issued', detail, scope: 'site' });
      }
      if (claimOf(await read(domain, Date.now()))) throw claimed(domain);
      const certificate = sealCertificate(cluster, domain, { pem, directory });
      await lock.write({ puts: [certificate, { key: changeKey, value: newChange() }] });
      await onInstalled();
    },
  };
}

async function readMembers(cluster: Cluster) {
  const [sites, participants] = await Promise.all([readSites(cluster), readParticipants(cluster)]);
  return { sites, participants };
}

/** What is in etcd about a site. */
interface Found {
  readonly state: SiteState | undefined;
  readonly claims: readonly string[];
  readonly stored: Summary | undefined;
}

/** A stored certificate without its text, since those of all sites are in memory at once. */
interface Summary {
  readonly isManual: boolean;
  readonly certificate: Certificate;
}

/** One that cannot be read is none. */
function summarize(stored: StoredCertificate | undefined): Summary | undefined {
  try {
    return (
      stored && {
        isManual: stored.host !== undefined,
        certificate: describeCertificate(stored.pem, () => stored.directory),
      }
    );
  } catch {
    return undefined;
  }
}

/** What is made of each value under a prefix, by its key. */
async function collect<T>(
  { etcd }: Cluster,
  prefix: string,
  take: (entry: { key: string; value: string }) => T | undefined,
): Promise<Map<string, T>> {
  const all = new Map<string, T>();
  for await (const { entries } of etcd.pages(prefix)) {
    for (const entry of entries) {
      const taken = take(entry);
      if (taken !== undefined) all.set(entry.key, taken);
    }
  }
  return all;
}
