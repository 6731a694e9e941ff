// A run of a restore on a host, once the backup is unpacked: the host's settings, one site after the other, uploads, mail
// forwards. It touches the host through `RestoringHost` alone. Whatever fails, the rest is restored.
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { BackedUpSite, Forward } from './backup-contents.ts';
import { type HostOperation, type HostSeen, planHostSettings } from './host-settings.ts';
import { planMail } from './mail.ts';
import { failure, type Notice } from './notice.ts';
import { livesElsewhere, planSite, type SiteOperation, type SiteSeen, whyAway } from './site.ts';
import { domainOfUpload } from './uploads.ts';

/** What the control machine asks for. */
export interface Request {
  /** Without any, all sites and the host's settings. */
  readonly domains: readonly string[];
  /** Sites that the control machine found on another server, with that server's name as a host. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

export interface Backup {
  readonly sites: readonly BackedUpSite[];
  readonly forwards: readonly Forward[];
  /** Names of what waited to be imported. */
  readonly uploads: readonly string[];
}

/** What is seen of a domain for which something waited to be imported. */
export type UploadSeen = Pick<SiteSeen, 'hasData' | 'hasUpload' | 'isMoving' | 'elsewhere'>;

/** How a run reaches the host. Each call rejects if it fails. */
export interface RestoringHost {
  lookAtHost(): Promise<HostSeen>;
  changeHost(operation: HostOperation): Promise<void>;
  lookAtSite(site: BackedUpSite): Promise<SiteSeen>;
  changeSite(site: BackedUpSite, operation: SiteOperation): Promise<void>;
  lookAtUpload(domain: string): Promise<UploadSeen>;
  placeUpload(name: string): Promise<void>;
  /** The mail forwards of its etcd, values by keys. */
  forwardsHere(): Promise<ReadonlyMap<string, string>>;
  readonly isMember: boolean;
  writeForward(forward: Forward): Promise<void>;
  report(notice: Notice): void;
  /** Aborts when the run is to end. */
  readonly signal: AbortSignal;
}

interface Run {
  readonly request: Request;
  readonly backup: Backup;
  readonly host: RestoringHost;
  /** Domains of which nothing is restored, since they live elsewhere, or may. */
  readonly away: Set<string>;
}

/** @throws FreeholdError if something is missing; the reasons are reported. */
export async function runRestore(request: Request, backup: Backup, host: RestoringHost): Promise<void> {
  const run: Run = { request, backup, host, away: new Set(request.elsewhere.keys()) };
  let isLeft = false;
  for (const restore of [restoreHost, restoreSites, restoreUploads, restoreMail]) {
    if (!(await succeeds(run, () => restore(run)))) isLeft = true;
  }
  if (isLeft) {
    throw new FreeholdError(
      'Not everything is restored: the missing parts, with reasons, are listed above. Run this again to restore the rest.',
    );
  }
  host.report({ sentence: 'The restore is complete.' });
}

/** Whether all of it is restored. A failure is reported, and leaves the rest alone. */
async function succeeds({ host }: Run, restore: () => Promise<boolean>): Promise<boolean> {
  try {
    return await restore();
  } catch (error) {
    host.signal.throwIfAborted();
    host.report(failure(reasonOf(error)));
    return false;
  }
}

const isAsked = ({ request }: Run, domain: string) =>
  request.domains.length === 0 || request.domains.includes(domain);

async function restoreHost({ request, host }: Run): Promise<boolean> {
  if (request.domains.length > 0) return true;
  const { notices, operations } = planHostSettings(await host.lookAtHost());
  notices.forEach(host.report);
  for (const { operation, done } of operations) {
    await host.changeHost(operation);
    for (const sentence of done) host.report({ sentence });
  }
  return true;
}

async function restoreSites(run: Run): Promise<boolean> {
  const { request, backup, host } = run;
  const unknown = request.domains.filter((domain) => !backup.sites.some(({ name }) => name === domain));
  for (const domain of unknown) host.report(failure(`The backup does not contain the site ${domain}.`));
  let isWhole = unknown.length === 0;
  for (const site of backup.sites.filter(({ name }) => isAsked(run, name))) {
    if (!(await succeeds(run, () => restoreSite(run, site)))) isWhole = false;
  }
  return isWhole;
}

async function restoreSite({ request, host, away }: Run, site: BackedUpSite): Promise<boolean> {
  const { name } = site;
  const found = request.elsewhere.get(name);
  if (found !== undefined) {
    host.report(failure(livesElsewhere(name, [found])));
    return false;
  }
  if (!isDomain(name)) {
    host.report(failure(`The backup contains a site with an invalid name: '${name}'.`));
    return false;
  }
  const plan = planSite(name, await host.lookAtSite(site));
  plan.notices.forEach(host.report);
  if (plan.isAway) away.add(name);
  for (const operation of plan.operations) await host.changeSite(site, operation);
  return !plan.isLeft;
}

function isDomain(name: string): boolean {
  try {
    return parseCanonicalDomain(name) === name;
  } catch {
    return false;
  }
}

/** What waited to be imported waits again. */
async function restoreUploads(run: Run): Promise<boolean> {
  let isWhole = true;
  for (const name of run.backup.uploads) {
    const domain = domainOfUpload(name);
    if (domain === undefined || !isAsked(run, domain) || run.away.has(domain)) continue;
    if (!(await succeeds(run, () => restoreUpload(run, name, domain)))) isWhole = false;
  }
  return isWhole;
}

async function restoreUpload({ host, away }: Run, name: string, domain: string): Promise<boolean> {
  const seen = await host.lookAtUpload(domain);
  if (seen.hasData || seen.hasUpload) {
    const sentence = `Not restored, because the site ${domain} exists on this host: its pending import, import/${name}`;
    host.report({ sentence });
    return true;
  }
  const why = whyAway(domain, seen);
  if (why !== undefined) {
    away.add(domain);
    host.report(failure(why));
    return false;
  }
  await host.placeUpload(name);
  host.report({ sentence: `Restored the pending import of ${domain}: /data/import/${name}` });
  return true;
}

async function restoreMail(run: Run): Promise<boolean> {
  const { backup, host, away } = run;
  const wanted = backup.forwards.filter(({ domain }) => isAsked(run, domain) && !away.has(domain));
  if (wanted.length === 0) return true;
  const { toWrite, notices } = planMail(wanted, await host.forwardsHere(), host.isMember);
  notices.forEach(host.report);
  for (const forward of toWrite) await host.writeForward(forward);
  return !notices.some(({ kind }) => kind === 'failure');
}
