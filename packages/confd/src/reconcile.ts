// Makes HAProxy serve what is desired, with the least that is needed: nothing, a few commands to the
// running worker, or new files and a reload.
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import { createAcceptedFiles } from './accepted-files.ts';
import { differsInCommon } from './changes-between.ts';
import type { Desired, Layout } from './desired.ts';
import { createFollowedWorker } from './followed-worker.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { isRenewed, removeOtherHopKeys, storeHopKeys } from './hop-keys.ts';
import { logChanges } from './log-changes.ts';
import { createRefusals } from './refusals.ts';
import { reloadAndSearch } from './reload.ts';
import { createReloadPace } from './reload-pace.ts';
import { createRenderer } from './render.ts';
import { type Site, type Sites, sameSite } from './site.ts';

/**
 * `done`: HAProxy serves it, and the files say so. `behind`: something is still to be done, by another call after
 * `againMs`: the files, or a reload that has to wait. `waiting`: HAProxy is not there; try again. `refused`: it took none
 * of what needs a reload, through no fault of a site; what it accepted last is served.
 */
export type Outcome = 'done' | 'behind' | 'waiting' | 'refused';

export interface Reconciler {
  /** `changed`: the domains that may be different since the last call; unset: all. */
  reconcile(desired: Desired, changed?: Iterable<Domain>): Promise<Outcome>;
  /** After how many milliseconds it wants to be called again though nothing has changed. */
  againMs(): number | undefined;
  /** Writes down what the worker has been told, if the files do not say so yet. */
  writeDown(): Promise<void>;
}

/** A certificate's file that is being changed is looked at again after so many milliseconds. */
const unsettledMs = 1000;

export function createReconciler(options: {
  layout: Layout;
  haproxy: Haproxy;
  log: Log;
  /** Publish at once even where HAProxy is not there to say whether it accepts. */
  unattended?: boolean;
  /** One reload in so many milliseconds, but for a few at first (reload-pace.ts). */
  reloadIntervalMs?: number;
  /** How long a refusal that no site is to blame for is waited out at first, in milliseconds. */
  refusedMs?: number;
  /** Ends what would wait for a worker of HAProxy. */
  signal?: AbortSignal;
}): Reconciler {
  const { layout, haproxy, log, signal } = options;
  const { unattended = false, reloadIntervalMs = 0, refusedMs = 30_000 } = options;
  const pace = createReloadPace({ intervalMs: reloadIntervalMs, refusedMs });
  const render = createRenderer(layout);
  const files = createAcceptedFiles({ render, log, unattended });
  const worker = createFollowedWorker({ layout, haproxy, log, signal });
  let desired: Desired = { sites: new Map(), complete: false };
  const refusals = createRefusals(log, (domain) => desired.sites.get(domain));
  /** The desired sites less what was refused of them. */
  const target = new Map<Domain, Site>();
  /** Those that may not be served as desired. */
  const pending = new Set<Domain>();
  let served: (Desired & { sites: Map<Domain, Site> }) | undefined;
  let lastRefusal = '';
  let again: number | undefined;

  async function reconcile(next: Desired, changed?: Iterable<Domain>): Promise<Outcome> {
    desired = next;
    for (const domain of changed ?? new Set([...next.sites.keys(), ...target.keys()])) aim(domain);
    if (next.hopKeys && isRenewed(next.hopKeys, served?.hopKeys)) await storeHopKeys(next.hopKeys);
    again = undefined;
    if (isDone()) return 'done';
    const isKnown = await worker.check(async () => (served ? files.currentSince() : 0));
    if (isKnown === 'absent') return absent();
    if (isKnown === 'known') files.isThere();
    if (served && isKnown === 'known') await tellWorker(served);
    if (needsReload()) {
      // What a worker that somebody else started has not been told is not kept waiting.
      const waitMs = pace.waitMs({ urgent: isKnown === 'replaced' });
      if (waitMs === 0) return reload();
      again = waitMs;
    }
    if (served && worker.isKnown() && files.areDue()) await files.write(served);
    if (!needsReload()) lastRefusal = '';
    if (isDone()) return 'done';
    return lastRefusal === '' ? 'behind' : 'refused';
  }

  /** Notes what is desired of a domain now. */
  function aim(domain: Domain): void {
    const site = desired.sites.get(domain);
    if (site) target.set(domain, refusals.withhold(site));
    else {
      target.delete(domain);
      refusals.forget(domain);
    }
    if (isServed(domain)) pending.delete(domain);
    else pending.add(domain);
  }

  function isServed(domain: Domain): boolean {
    const [one, other] = [served?.sites.get(domain), target.get(domain)];
    return one === other || (one !== undefined && other !== undefined && sameSite(one, other));
  }

  function isDone(): boolean {
    return pending.size === 0 && !files.areBehind() && !needsReload() && !isDefaultReplaced();
  }

  function isDefaultReplaced(): boolean {
    return served?.defaultCertificate?.fingerprint !== desired.defaultCertificate?.fingerprint;
  }

  function needsReload(): boolean {
    return !served || worker.needsReload() || differsInCommon(served, desired);
  }

  /** Does by commands what can be done by commands. */
  async function tellWorker(now: NonNullable<typeof served>): Promise<void> {
    const { defaultCertificate } = desired;
    if (
      defaultCertificate &&
      isDefaultReplaced() &&
      now.defaultCertificate?.path === defaultCertificate.path
    ) {
      if (await worker.replaceDefault(defaultCertificate)) {
        served = { ...now, defaultCertificate };
        files.fallBehind();
      } else again = unsettledMs;
    }
    if (pending.size === 0) return;
    const told = await worker.tell([...pending], { before: now.sites, after: target });
    logChanges(log, { domains: told.done, before: now.sites, after: target });
    for (const domain of told.done) {
      const site = target.get(domain);
      if (site) now.sites.set(domain, site);
      else now.sites.delete(domain);
      pending.delete(domain);
    }
    const moved = new Map(told.moved.map((site) => [site.domain, site]));
    logChanges(log, { domains: [...moved.keys()], before: now.sites, after: moved });
    for (const [domain, site] of moved) now.sites.set(domain, site);
    if (told.done.length + moved.size > 0) files.fallBehind();
    // HAProxy would not start without a certificate's file that crt-list still has.
    if (told.withoutFile && served) await files.write(served);
    if (told.unsettled) again = unsettledMs;
  }

  async function reload(): Promise<Outcome> {
    const whole = () => ({ ...desired, sites: new Map(target) });
    const outcome = await reloadAndSearch({
      ...{ render, haproxy, files, refusals, whole },
      served: () => served,
      retarget: (domains) => domains.forEach(aim),
      settle,
    });
    if (outcome.kind === 'absent') return absent();
    if (outcome.kind === 'accepted') {
      pace.reloaded();
      lastRefusal = '';
      return isDone() ? 'done' : 'behind';
    }
    pace.refused();
    again = pace.waitMs({ urgent: false });
    if (outcome.reason !== lastRefusal)
      log.error(`HAProxy refused its files, the last good ones are in force: ${outcome.reason}`);
    lastRefusal = outcome.reason;
    return 'refused';
  }

  /** A new worker has accepted files. */
  async function settle(next: Desired, changed: readonly Domain[]): Promise<void> {
    files.isThere();
    logChanges(log, { domains: changed, before: served?.sites, after: next.sites });
    const renewed = isRenewed(next.hopKeys, served?.hopKeys);
    served = { ...next, sites: new Map(next.sites) };
    await worker.adopt(next.others ?? new Map());
    for (const domain of [...pending]) if (isServed(domain)) pending.delete(domain);
    if (next.hopKeys && renewed) await removeOtherHopKeys(next.hopKeys);
  }

  async function absent(): Promise<Outcome> {
    // It may have loaded the new files all the same, and only its answer is missing.
    worker.forget();
    // One that starts has no old workers.
    pace.reset();
    await files.await({ served, newest: { ...desired, sites: target as Sites } });
    return 'waiting';
  }

  return {
    reconcile,
    againMs: () => {
      // Where the worker is another one, a reload comes first.
      const due = [again, worker.isKnown() ? files.dueMs() : undefined].flatMap((ms) =>
        ms === undefined ? [] : [ms],
      );
      return due.length > 0 ? Math.min(...due) : undefined;
    },
    async writeDown() {
      if (served && worker.isKnown() && files.areBehind()) await files.write(served);
    },
  };
}
