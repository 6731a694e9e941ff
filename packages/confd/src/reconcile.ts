// Makes HAProxy serve what is desired, with the least that is needed: nothing, a few commands to the
// running worker, or new files and a reload.
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import { type FileSet, publish, readFiles, sameFiles, writeFiles } from '@freehold/core/publish';
import { findCulprits } from './find-culprits.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { moveAddresses, movesBetween } from './move-addresses.ts';
import { type Desired, type Layout, renderFiles } from './render.ts';
import type { Site, Sites } from './site.ts';

interface InForce {
  readonly desired: Desired;
  readonly files: FileSet;
}

/** `done`: HAProxy serves it. `waiting`: it did not answer; try again. */
export type Outcome = 'done' | 'waiting';

/** How long an absent HAProxy is given to start on files that it once accepted, in milliseconds. */
const patienceMs = 5000;

export function createReconciler(options: {
  layout: Layout;
  haproxy: Haproxy;
  log: Log;
  /** Publish at once even where HAProxy is not there to say whether it accepts. */
  unattended?: boolean;
}) {
  const { layout, haproxy, log, unattended = false } = options;
  const refused = new Map<Domain, { site: Site; withhold: 'certificate' | 'all' }>();
  let inForce: InForce | undefined;
  let lastGood: FileSet | undefined;
  let absentSince: number | undefined;

  async function reconcile(desired: Desired): Promise<Outcome> {
    for (;;) {
      const next = withoutRefused(desired);
      const files = renderFiles(next, layout);
      if (inForce && sameFiles(files, inForce.files)) return 'done';
      if (await moved(next, files)) return settle(next, files);
      if (!(await haproxy.isThere())) return wait(next, files);
      const answer = await publish(files, () => haproxy.reload());
      if (answer.kind === 'accepted') return settle(next, files);
      if (answer.kind === 'absent') return wait(next, files);
      if (!refuse(next, files, answer.reason)) return 'waiting';
    }
  }

  /** Sites as desired, less what HAProxy has refused of them and what has not changed since. */
  function withoutRefused(desired: Desired): Desired {
    const sites = new Map(desired.sites);
    for (const [domain, { site, withhold }] of refused) {
      const now = sites.get(domain);
      if (!now || JSON.stringify(now) !== JSON.stringify(site)) refused.delete(domain);
      else sites.set(domain, withhold === 'all' ? bare(now) : { ...now, certificate: undefined });
    }
    return { ...desired, sites };
  }

  /** Only addresses differ: the files are written for the next start, and the worker is told. */
  async function moved(next: Desired, files: FileSet): Promise<boolean> {
    if (!inForce || inForce.desired.complete !== next.complete) return false;
    if (inForce.desired.defaultCertificate?.fingerprint !== next.defaultCertificate?.fingerprint)
      return false;
    const moves = movesBetween(inForce.desired.sites, next.sites);
    if (!moves || !(await haproxy.isThere())) return false;
    await writeFiles(inForce.files, files);
    return moveAddresses(haproxy, moves);
  }

  function settle(next: Desired, files: FileSet): Outcome {
    if (absentSince !== undefined) log.notice('HAProxy answers again.');
    absentSince = undefined;
    logChanges(log, inForce?.desired.sites, next.sites);
    inForce = { desired: next, files };
    lastGood = files;
    return 'done';
  }

  /**
   * HAProxy is not there. It may be about to start on the files that are there, which it accepted
   * once: it gets the time. After that the new ones, which nothing has tried yet, and so in turns,
   * so that neither a fault in them nor one in the old ones keeps it down for good.
   */
  async function wait(next: Desired, files: FileSet): Promise<Outcome> {
    inForce = undefined;
    const paths = [...files.keys()];
    lastGood ??= await readFiles(paths);
    if (absentSince === undefined) log.notice('HAProxy is not there yet; it is told when it is.');
    absentSince ??= Date.now();
    const turn = Math.floor(Math.log2(1 + (Date.now() - absentSince) / patienceMs));
    const fresh = unattended || turn % 2 === 1 || lastGood.size < paths.length;
    await writeFiles(await readFiles(paths), fresh ? files : lastGood);
    if (fresh && next.complete && lastGood.size < paths.length) lastGood = files;
    return 'waiting';
  }

  /** Names whom HAProxy refused and takes that out of the next attempt; false if nobody is left to take out. */
  function refuse(next: Desired, files: FileSet, reason: string): boolean {
    const accepted = inForce?.desired.sites ?? new Map();
    const culprits = findCulprits({ reason, files, sites: next.sites, accepted }).filter(
      (domain) => refused.get(domain)?.withhold !== 'all',
    );
    for (const domain of culprits) {
      const site = next.sites.get(domain);
      if (!site) continue;
      const withhold = site.certificate ? 'certificate' : 'all';
      const original = refused.get(domain)?.site ?? site;
      refused.set(domain, { site: original, withhold });
      const what = withhold === 'certificate' ? 'is served without its certificate' : 'is left out';
      log.error(`HAProxy refused ${domain}, which ${what} until it changes: ${reason}`);
    }
    if (culprits.length === 0)
      log.error(`HAProxy refused its configuration, the last good one is in force: ${reason}`);
    return culprits.length > 0;
  }

  return reconcile;
}

/** The site is known, and that is all: its visitors get 503. */
function bare({ domain, backends }: Site): Site {
  return { domain, backends: backends.map(({ host }) => ({ host })) };
}

/** More changes than this at once are only counted. */
const mostLines = 20;

function logChanges(log: Log, before: Sites | undefined, after: Sites): void {
  const lines: string[] = [];
  for (const [domain, site] of after) {
    const now = describe(site);
    if (before?.has(domain) ? describe(before.get(domain)) !== now : true) lines.push(`${domain} ${now}.`);
  }
  for (const domain of before?.keys() ?? [])
    if (!after.has(domain)) lines.push(`${domain} is no longer known here.`);
  if (lines.length > mostLines) log.info(`${lines.length} sites changed.`, { sites: after.size });
  else for (const line of lines) log.info(line);
}

function describe(site: Site | undefined): string {
  const addresses =
    site?.backends.flatMap(({ address }) => (address ? [`${address.ip}:${address.port}`] : [])) ?? [];
  const certificate = site?.certificate
    ? ` with certificate ${site.certificate.fingerprint.slice(0, 12)}`
    : '';
  return addresses.length > 0
    ? `is served from ${addresses.join(', ')}${certificate}`
    : 'is known and not running';
}
