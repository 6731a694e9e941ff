// Each member takes over the certificates that are in etcd: into the folder of a site that it has, from where import hands
// them to HAProxy, and straight to HAProxy for the sites of other members.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { readCertificate } from '@freehold/core/certificate';
import type { Domain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import { writeAtomic } from '@freehold/core/write-atomic';
import { ClaimedError, putCertificate } from '../install-certificate.ts';
import type { Layout } from '../layout.ts';
import type { Reports } from '../reports.ts';
import { claimOf, describeCertificate, exists, readSite } from '../site-facts.ts';
import { type Cluster, domainOf, openCertificate, readSites, type StoredCertificate } from './cluster.ts';
import { certificateKey, certificatesPrefix, changeKey } from './etcd-keys.ts';
import { OutdatedKeysError } from './keyring.ts';
import { readSeen, writeSeen } from './seen.ts';
import { beginOf, isTakenOver, memberDirectory } from './share-own.ts';

export interface Follower {
  /** Takes over what has changed since the last call. What one site's certificate cannot be taken over for is logged once. */
  catchUp(): Promise<void>;
}

type Sites = Awaited<ReturnType<typeof readSites>>;
type Entry = { readonly key: string; readonly value: string };

/** @param stale domains of this member whose certificates are others than those in etcd (share-own.ts). */
export function createFollower(cluster: Cluster, reports: Reports, stale: Iterable<string> = []): Follower {
  const { etcd, host, layout } = cluster;
  let change: string | undefined;

  /** Gives whether there is nothing left to do for the domain. */
  async function takeOver(domain: Domain, entry: Entry, hosts: ReadonlySet<string>): Promise<boolean> {
    try {
      const stored = openCertificate(cluster, entry.key, entry.value);
      const isOwn = hosts.has(host);
      if (stored && isOwn && (await exists(`${layout.domains}/${domain}`)))
        await takeInto(layout, domain, stored);
      else if (stored && !isOwn) await showAtEdge(layout, domain, stored);
      await reports.settle(domain);
      return true;
    } catch (error) {
      if (error instanceof OutdatedKeysError || !(error instanceof Error)) throw error;
      await reports.warn(
        domain,
        `The certificate of ${domain} in etcd was not installed on this host: ${reasonOf(error)}.`,
      );
      return false;
    }
  }

  /** What was written in the revision `since` or later, or all; gives what to know in the next run. */
  async function takeChanged(sites: Sites, since: bigint | undefined) {
    const [done, missed] = [new Set<string>(), new Set<string>()];
    let first: { readonly revision: bigint; readonly cluster: string } | undefined;
    for await (const { entries, revision, cluster } of etcd.pages(certificatesPrefix, { since })) {
      first ??= { revision, cluster };
      for (const entry of entries) {
        const domain = domainOf(entry.key);
        const hosts = domain && sites.get(domain);
        if (!hosts) continue;
        done.add(domain);
        if (!(await takeOver(domain, entry, hosts))) missed.add(domain);
      }
    }
    return { done, missed, revision: first?.revision ?? 0n, cluster: first?.cluster ?? '' };
  }

  async function takeOne(sites: Sites, domain: Domain): Promise<boolean> {
    const [key, hosts] = [certificateKey(domain), sites.get(domain)];
    const value = await etcd.get(key);
    return value === undefined || !hosts || takeOver(domain, { key, value }, hosts);
  }

  return {
    async catchUp() {
      const current = (await etcd.get(changeKey)) ?? '';
      if (current === change) return;
      const sites = await readSites(cluster);
      const there = new Set(await etcd.keys(certificatesPrefix));
      const shown = [...sites.keys()].filter((domain) => there.has(certificateKey(domain)));
      let seen = await readSeen(layout);
      let taken = await takeChanged(sites, seen?.since);
      // A recreated etcd counts revisions from the start, and one that was restored from a snapshot from that on.
      if (seen && (taken.revision + 1n < seen.since || taken.cluster !== seen.cluster)) {
        seen = undefined;
        taken = await takeChanged(sites, undefined);
      }
      const { done, missed, revision, cluster: id } = taken;
      const left = new Set<string>([...(seen?.missed ?? []), ...stale]);
      for (const domain of shown) {
        if (done.has(domain)) continue;
        if (!left.has(domain) && (await isHere(layout, domain, sites.get(domain)?.has(host) ?? false)))
          continue;
        if (!(await takeOne(sites, domain))) missed.add(domain);
      }
      await forgetTaken(layout, (name) => sites.get(name as Domain)?.has(host) ?? false);
      // A certificate may have come after `there` was read, and was taken over since.
      const isThere = (domain: Domain) => done.has(domain) || there.has(certificateKey(domain));
      await hideOthers(layout, (domain) => sites.has(domain) && isThere(domain));
      const compared = seen?.compared ?? Date.now();
      await writeSeen(layout, { since: revision + 1n, cluster: id, compared, missed });
      change = current;
    },
  };
}

/** Whether there is a certificate where it belongs: a site that has moved here has one that was written long before. */
function isHere(layout: Layout, domain: Domain, isOwn: boolean): Promise<boolean> {
  return exists(isOwn ? layout.certificate(domain) : layout.approved(domain));
}

/** Into the folder of a site that this member has, unless a person manages its certificate here. */
async function takeInto(layout: Layout, domain: Domain, stored: StoredCertificate): Promise<void> {
  const { pem, directory = memberDirectory(stored.host ?? '') } = stored;
  const site = await readSite(layout, domain, Date.now());
  if (claimOf(site)) return;
  const fresh = describeCertificate(pem, () => directory);
  const present = site.certificate;
  if (present?.fingerprint === fresh.fingerprint) return noteTaken(layout, domain, fresh.fingerprint);
  // This member has brought a newer one, which is not in etcd yet.
  const isOlder = present && present.validity.start > fresh.validity.start;
  if (isOlder && stored.host === undefined && !isTakenOver(present.directory)) return;
  try {
    await putCertificate({ layout, domain, text: pem, directory });
    await noteTaken(layout, domain, fresh.fingerprint);
  } catch (error) {
    if (!(error instanceof ClaimedError)) throw error;
  }
}

/** Only from then on it counts as taken away by a person when it is not in the site's folder (share-own.ts). */
async function noteTaken(layout: Layout, domain: Domain, fingerprint: string): Promise<void> {
  const path = layout.taken(domain);
  if ((await readFile(path, 'utf8').catch(() => '')).trim() === fingerprint) return;
  await explained(`Cannot write ${path}`, async () => {
    await mkdir(layout.takenFolder, { recursive: true, mode: 0o700 });
    await writeAtomic(path, `${fingerprint}\n`, { mode: 0o600 });
  });
}

/** Forgets what was taken into folders of sites that are not here any more. */
async function forgetTaken(layout: Layout, isOwn: (domain: string) => boolean): Promise<void> {
  for (const name of await readdir(layout.takenFolder).catch(() => []))
    if (!isOwn(name)) await rm(layout.taken(name), { force: true });
}

/** For a site of other members. What a person put there, or a site left that has moved, stays if it is newer. */
async function showAtEdge(layout: Layout, domain: Domain, { pem }: StoredCertificate): Promise<void> {
  const { pem: text, validFrom } = readCertificate(pem, domain, { at: new Date() });
  const path = layout.approved(domain);
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const isPlaced = (await placedSum(layout, domain)) === (before && sumOf(before));
  if (before === text && isPlaced) return;
  if (before !== undefined && !isPlaced && beginOf(before, domain) > validFrom.getTime()) return;
  await explained(`Cannot write ${path}`, async () => {
    await mkdir(layout.placedFolder, { recursive: true, mode: 0o700 });
    await writeAtomic(layout.placed(domain), `${sumOf(text)}\n`, { mode: 0o600 });
    if (before !== text) await writeAtomic(path, text, { mode: 0o640 });
  });
}

/** Takes back what was put there for sites that no member has any more, or whose certificate was taken away. */
async function hideOthers(layout: Layout, isShown: (domain: Domain) => boolean): Promise<void> {
  const placed = (await readdir(layout.placedFolder).catch(() => [])) as Domain[];
  for (const domain of placed) {
    if (isShown(domain)) continue;
    const text = await readFile(layout.approved(domain), 'utf8').catch(() => undefined);
    if (text !== undefined && sumOf(text) === (await placedSum(layout, domain)))
      await rm(layout.approved(domain));
    await rm(layout.placed(domain), { force: true });
  }
}

async function placedSum(layout: Layout, domain: Domain): Promise<string | undefined> {
  return (await readFile(layout.placed(domain), 'utf8').catch(() => undefined))?.trim();
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
