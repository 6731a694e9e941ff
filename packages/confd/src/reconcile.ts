// Makes HAProxy serve what is desired, with the least that is needed: nothing, a few commands to the
// running worker, or new files and a reload.
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import { createAcceptedFiles } from './accepted-files.ts';
import { createCertificateCopies } from './certificate-copies.ts';
import { differsInCommon } from './changes-between.ts';
import type { Desired, Layout } from './desired.ts';
import { createFollowedWorker } from './followed-worker.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { logChanges } from './log-changes.ts';
import {
  areOwnReplaced,
  removeUnused,
  replaceOwnCertificates,
  storeOwnCertificates,
} from './own-certificates.ts';
import { reloadAndSearch } from './reload.ts';
import { createReloadPace } from './reload-pace.ts';
import { createRenderer } from './render.ts';
import type { Site } from './site.ts';
import { createTargets } from './targets.ts';

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
  const copies = createCertificateCopies(layout.folder);
  const files = createAcceptedFiles({ render, log, unattended });
  const worker = createFollowedWorker({ layout, haproxy, copies, log, signal });
  let served: (Desired & { sites: Map<Domain, Site> }) | undefined;
  const targets = createTargets({ log, copies, served: () => served?.sites });
  /** What is desired, with the sites as they are to be served. */
  let next: Desired = { sites: targets.sites, complete: false };
  let isUnusedLeft = false;
  let lastRefusal = '';
  let again: number | undefined;

  async function take(desired: Desired, changed?: Iterable<Domain>): Promise<void> {
    await targets.take(desired.sites, changed);
    const own = await storeOwnCertificates(desired, { served, copies });
    next = { ...own.desired, sites: targets.sites };
    again = own.isUnsettled || targets.isUnsettled() ? unsettledMs : undefined;
  }

  async function reconcile(desired: Desired, changed?: Iterable<Domain>): Promise<Outcome> {
    if (!changed) await copies.forgetMissing();
    await take(desired, changed);
    // A full comparison asks the worker too: one that was started while the files were being written has read others.
    if (changed && isDone()) return 'done';
    const isKnown = await worker.check(async () => (served ? files.currentSince() : 0));
    if (isKnown === 'absent') return absent();
    if (isKnown === 'known') {
      files.isThere();
      if (served) await tellWorker(served);
    }
    if (needsReload()) {
      // What a worker that somebody else started has not been told is not kept waiting.
      const waitMs = pace.waitMs({ urgent: isKnown === 'replaced' });
      if (waitMs === 0) {
        // HAProxy would refuse a certificate of which somebody has removed the copy, and the site would lose it.
        if (await copies.forgetMissing()) await take(desired);
        return reload();
      }
      again = Math.min(again ?? waitMs, waitMs);
    }
    if (worker.isKnown() && files.areDue()) await write();
    if (!needsReload()) lastRefusal = '';
    if (isDone()) return 'done';
    return lastRefusal === '' ? 'behind' : 'refused';
  }

  function isDone(): boolean {
    const isServed = targets.pending.size === 0 && !areOwnReplaced(next, served);
    return isServed && again === undefined && !files.areBehind() && !needsReload();
  }

  function needsReload(): boolean {
    return !served || worker.needsReload() || differsInCommon(served, next);
  }

  /** Does by commands what can be done by commands. */
  async function tellWorker(before: NonNullable<typeof served>): Promise<void> {
    const now = await replaceOwnCertificates(before, { next, worker });
    if (now !== before) {
      served = now;
      isUnusedLeft = true;
      files.fallBehind();
    }
    if (targets.pending.size > 0) await tellSites(now.sites);
  }

  async function tellSites(now: Map<Domain, Site>): Promise<void> {
    const { sites: after, pending } = targets;
    const told = await worker.tell([...pending], { before: now, after });
    logChanges(log, { domains: told.done, before: now, after });
    for (const domain of told.done) {
      const site = after.get(domain);
      if (now.get(domain)?.certificate && !site?.certificate) isUnusedLeft = true;
      if (site) now.set(domain, site);
      else now.delete(domain);
    }
    const moved = new Map(told.moved.map((site) => [site.domain, site]));
    logChanges(log, { domains: [...moved.keys()], before: now, after: moved });
    for (const [domain, site] of moved) now.set(domain, site);
    targets.lookAgain();
    if (told.done.length + moved.size > 0) files.fallBehind();
  }

  async function reload(): Promise<Outcome> {
    const outcome = await reloadAndSearch({
      ...{ render, haproxy, files, refusals: targets.refusals },
      whole: () => ({ ...next, sites: new Map(targets.sites) }),
      served: () => served,
      retarget: targets.lookAgain,
      settle,
    });
    if (outcome.kind === 'absent') return absent();
    if (outcome.kind === 'accepted') {
      pace.reloaded();
      lastRefusal = '';
      const ended = await haproxy.endOldWorkers().catch(() => 0);
      if (ended > 0)
        log.notice('HAProxy had too many old workers, so the connections of the oldest were closed.');
      return isDone() ? 'done' : 'behind';
    }
    pace.refused();
    again = pace.waitMs({ urgent: false });
    if (outcome.reason !== lastRefusal)
      log.error(`HAProxy refused its files, and the last valid ones stay in use: ${outcome.reason}`);
    lastRefusal = outcome.reason;
    return 'refused';
  }

  /** A new worker has accepted files. */
  async function settle(accepted: Desired, changed: readonly Domain[]): Promise<void> {
    files.isThere();
    logChanges(log, { domains: changed, before: served?.sites, after: accepted.sites });
    served = { ...accepted, sites: new Map(accepted.sites) };
    await worker.adopt(accepted);
    targets.lookAgain();
    await removeUnused(copies, { served, next });
    isUnusedLeft = false;
  }

  /** Writes down what is served. */
  async function write(): Promise<void> {
    if (!served) return;
    await files.write(served);
    if (isUnusedLeft) await removeUnused(copies, { served, next });
    isUnusedLeft = false;
  }

  async function absent(): Promise<Outcome> {
    // It may still have loaded the new files, with only its answer missing.
    worker.forget();
    // One that starts has no old workers.
    pace.reset();
    await files.await({ served, newest: next });
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
      if (worker.isKnown() && files.areBehind()) await write();
    },
  };
}
