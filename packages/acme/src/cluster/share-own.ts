// A member tells the others about the certificates of its own sites: those that a person manages there, which all leave
// alone, and those that it brought from elsewhere, as when it was alone or when a site has moved here.
import { readFile, rm } from 'node:fs/promises';
import { readCertificate } from '@freehold/core/certificate';
import type { Domain } from '@freehold/core/domain';
import { readInside } from '@freehold/core/read-inside';
import type { Reports } from '../reports.ts';
import {
  claimOf,
  fingerprintOf,
  leafOf,
  maxBytes,
  readMade,
  readSite,
  type SiteFacts,
} from '../site-facts.ts';
import {
  type Cluster,
  domainOf,
  maxSharedBytes,
  openCertificate,
  readSites,
  type StoredCertificate,
  sealCertificate,
} from './cluster.ts';
import { certificateKey, changeKey, claimKey, claimsPrefix } from './etcd-keys.ts';
import { newChange } from './new-change.ts';

/** The directory of a certificate that acme took over from another member, where a person had installed it. */
export const memberDirectory = (host: string): string => `member:${host}`;
export const isTakenOver = (directory: string | undefined): boolean =>
  directory?.startsWith('member:') ?? false;

/** Gives the domains of this member whose certificates are others than those in etcd, for take-over.ts. */
export async function shareOwn(cluster: Cluster, reports: Reports): Promise<Set<Domain>> {
  const { etcd, host } = cluster;
  const stale = new Set<Domain>();
  const sites = await readSites(cluster);
  const claims = await etcd.keys(claimsPrefix);
  const claimed = new Set(claims.filter((key) => key.endsWith(`/${host}`)));
  const others = claims.filter((key) => !key.endsWith(`/${host}`));
  for (const [domain, hosts] of sites) {
    if (!hosts.has(host)) continue;
    const site = await readSite(cluster.layout, domain, Date.now());
    const key = claimKey(domain, host);
    if (claimOf(site)) {
      if (!claimed.has(key)) await etcd.put(key, '');
    } else if (claimed.has(key)) await etcd.delete(key);
    claimed.delete(key);
    const isClaimedElsewhere = others.some((one) => one.startsWith(`${claimsPrefix}${domain}/`));
    const stored = await shareCertificate({ cluster, reports }, site, isClaimedElsewhere);
    if (stored && isOther(site, stored)) stale.add(domain);
  }
  // Of sites that are not here any more.
  for (const key of claimed) await etcd.delete(key);
  return stale;
}

/** One that cannot be read is another one. */
function isOther({ certificate }: SiteFacts, { pem }: StoredCertificate): boolean {
  try {
    return fingerprintOf(leafOf(pem)) !== certificate?.fingerprint;
  } catch {
    return true;
  }
}

/** Gives the certificate that was in etcd, if it is there still. */
async function shareCertificate(
  { cluster, reports }: { cluster: Cluster; reports: Reports },
  site: SiteFacts,
  isClaimedElsewhere: boolean,
): Promise<StoredCertificate | undefined> {
  const { etcd, host, keyring } = cluster;
  const { domain } = site;
  const key = certificateKey(domain);
  const { value, revision } = await etcd.read(key);
  const stored = openCertificate(cluster, key, value);
  const own = await sharable(await ownCertificate(cluster, site), { domain, reports });
  const guard = { key, revision };
  const change = { key: changeKey, value: newChange() };
  // Where a person manages it at another member, that one would take acme's away again, without an end.
  if (own && own.host === undefined && isClaimedElsewhere) return stored;
  if (own && own.pem !== stored?.pem && isNewer(domain, { own, stored, host })) {
    await etcd.commit({ guard, puts: [sealCertificate(cluster, domain, own), change] });
    return undefined;
  }
  if (!own && (stored?.host === host || site.optedOut || (await wasTakenAway(cluster, site, stored)))) {
    // What a person has taken away here is not shown elsewhere.
    if (value !== undefined && (stored?.host ?? host) === host) {
      const written = await etcd.commit({ guard, puts: [change], deletes: [key] });
      // Another member was faster: the next run looks again.
      if (written === undefined) return undefined;
    }
    // Once: where another member that has the site brings it back, it is taken over.
    await rm(cluster.layout.taken(domain), { force: true });
    return undefined;
  }
  // By a member that got the newest key only after all was sealed with it (reseal.ts).
  if (value !== undefined && stored && keyring.open(key, value)?.current === false) {
    await etcd.commit({ guard, puts: [sealCertificate(cluster, domain, stored)] });
  }
  return stored;
}

/** What may be put into etcd; one that is too long is reported. */
async function sharable(
  own: StoredCertificate | undefined,
  { domain, reports }: { domain: Domain; reports: Reports },
): Promise<StoredCertificate | undefined> {
  const subject = `share ${domain}`;
  if (own && own.pem.length > maxSharedBytes) {
    await reports.warn(
      subject,
      `The certificate of ${domain} is not shared with the other members, as chain and key have ${own.pem.length} bytes and not ${maxSharedBytes} at most.`,
    );
    return undefined;
  }
  await reports.settle(subject);
  return own;
}

/**
 * Whether this member had the certificate and a person has removed it, to have another one made. That acme made it is
 * noted before it is put into the site's folder: after a kill in between it is not there, and nobody has removed it.
 */
async function wasTakenAway(
  { layout }: Cluster,
  { domain, certificate, fault }: SiteFacts,
  stored: StoredCertificate | undefined,
): Promise<boolean> {
  if (!stored || certificate || fault !== undefined) return false;
  try {
    const fingerprint = fingerprintOf(leafOf(stored.pem));
    if ((await readFile(layout.taken(domain), 'utf8')).trim() !== fingerprint) return false;
    return (await readMade(layout, domain)).made.some((one) => one.fingerprint === fingerprint);
  } catch {
    // It was never here. And what lies there is the site's owner's, and may be anything.
    return false;
  }
}

/** What this member has to give; undefined if nothing, or nothing that browsers would accept. */
async function ownCertificate(
  { layout, host }: Cluster,
  { domain, certificate, ...site }: SiteFacts,
): Promise<StoredCertificate | undefined> {
  if (!certificate || isTakenOver(certificate.directory)) return undefined;
  try {
    const file = await readInside(layout.domains, [domain, 'TLS', `${domain}.pem`], { maxBytes });
    if (file === undefined) return undefined;
    const { pem } = readCertificate(file.text, domain, { at: new Date() });
    const isManual = claimOf({ domain, certificate, ...site }) !== undefined;
    return isManual ? { pem, host } : { pem, directory: certificate.directory as string };
  } catch {
    // import has logged why.
    return undefined;
  }
}

/** A person's certificate comes before acme's; of two of a kind, the later one is used. */
function isNewer(
  domain: Domain,
  { own, stored, host }: { own: StoredCertificate; stored: StoredCertificate | undefined; host: string },
): boolean {
  if (!stored) return true;
  const [isManual, wasManual] = [own.host !== undefined, stored.host !== undefined];
  if (isManual !== wasManual) return isManual;
  if (isManual && stored.host === host) return true;
  return beginOf(own.pem, domain) > beginOf(stored.pem, domain);
}

/** When a certificate begins, in milliseconds as in Date.now(); 0 for one that cannot be read. */
export function beginOf(pem: string, domain: Domain): number {
  try {
    return readCertificate(pem, domain).validFrom.getTime();
  } catch {
    return 0;
  }
}

/** Removes from etcd what is there of sites that no member knows any more. */
export async function forgetRemoved(
  cluster: Cluster,
  { prefix, write }: { prefix: string; write: (keys: string[]) => Promise<void> },
): Promise<void> {
  const sites = await readSites(cluster);
  const gone = (await cluster.etcd.keys(prefix)).filter((key) => {
    const domain = domainOf(key);
    return domain === undefined || !sites.has(domain);
  });
  for (const key of gone) await write([key]);
}
