// What is to be served, what is served, and the way from the one to the other by commands to the running worker. The files
// that the next worker starts on follow.
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import { createAcceptedFiles } from './accepted-files.ts';
import { createCertificateCopies } from './certificate-copies.ts';
import { differsInCommon } from './changes-between.ts';
import type { Desired, Layout } from './desired.ts';
import { createFollowedWorker } from './followed-worker.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { logChanges } from './log-changes.ts';
import { areOwnReplaced, createOwnCertificates } from './own-certificates.ts';
import { createRenderer } from './render.ts';
import type { Site } from './site.ts';
import { createTargets } from './targets.ts';
import { createUnusedCopies } from './unused-copies.ts';

/** One HAProxy, from worker to worker. */
export type Serving = ReturnType<typeof createServing>;

export function createServing(options: {
  layout: Layout;
  haproxy: Haproxy;
  log: Log;
  signal?: AbortSignal | undefined;
  /** Whether the newest files are published at once where HAProxy is not there to say whether it accepts them. */
  unattended: boolean;
}) {
  const { layout, haproxy, log, signal, unattended } = options;
  const render = createRenderer(layout);
  const copies = createCertificateCopies(layout.folder);
  const unused = createUnusedCopies(copies);
  const files = createAcceptedFiles({ render, log, unattended });
  const worker = createFollowedWorker({ layout, haproxy, copies, log, signal });
  const own = createOwnCertificates({ log, copies, folder: layout.folder });
  let served: (Desired & { sites: Map<Domain, Site> }) | undefined;
  const targets = createTargets({ log, copies, served: () => served?.sites });
  let desired: Desired = { sites: targets.sites, complete: false };

  /** What is to be served now. */
  const next = (): Desired => ({ ...own.withhold(desired, served), sites: targets.sites });

  /** Makes all copies that HAProxy may need, also those that somebody has removed. */
  async function restoreCopies(): Promise<void> {
    const isAnyMissing = await copies.forgetMissing();
    if (isAnyMissing) await targets.take(desired.sites, undefined);
    await own.store(desired, { served, all: true });
  }

  /** Does by commands what can be done by commands. */
  async function tell(): Promise<void> {
    if (!served) return;
    const before = served;
    served = await own.replace(before, { next: next(), worker });
    if (served.defaultCertificate !== before.defaultCertificate && before.defaultCertificate)
      unused.note(before.defaultCertificate);
    if (areOwnReplaced(served, before)) files.fallBehind();
    if (targets.pending.size > 0) await tellSites(served.sites);
  }

  async function tellSites(now: Map<Domain, Site>): Promise<void> {
    const { sites: after, pending } = targets;
    const told = await worker.tell([...pending], { before: now, after });
    logChanges(log, { domains: told.done, before: now, after });
    for (const domain of told.done) {
      const [past, site] = [now.get(domain)?.certificate, after.get(domain)];
      if (past && past.fingerprint !== site?.certificate?.fingerprint) unused.note(past);
      if (site) now.set(domain, site);
      else now.delete(domain);
    }
    const moved = new Map(told.moved.map((site) => [site.domain, site]));
    logChanges(log, { domains: [...moved.keys()], before: now, after: moved });
    for (const [domain, site] of moved) now.set(domain, site);
    targets.lookAgain();
    if (told.done.length + moved.size > 0) files.fallBehind();
  }

  return {
    ...{ render, files, worker, targets, own, next, restoreCopies, tell },
    served: (): Desired | undefined => served,

    /** Takes a desired state. `changed`: the domains that may be different since the last one; unset: all. */
    async take(state: Desired, changed: Iterable<Domain> | undefined): Promise<void> {
      desired = state;
      if (!changed) await copies.forgetMissing();
      await targets.take(state.sites, changed);
      await own.store(state, { served, all: !changed });
    },

    /** Whether the file of a certificate is not what was found valid: it is being changed. */
    isUnsettled: () => targets.isUnsettled() || own.isUnsettled(desired),

    /** Whether commands do not suffice. */
    needsReload: () => !served || worker.needsReload() || differsInCommon(served, next()),

    /** Whether the worker serves all that is to be served, and the files say so. */
    isDone: () => targets.pending.size === 0 && !areOwnReplaced(next(), served) && !files.areBehind(),

    /** Whether the worker that runs is the one that was told, or as good as that one; see followed-worker.ts. */
    look: () => worker.check(async () => (served ? files.currentSince() : 0)),

    /** A new worker has accepted files. */
    async settle(accepted: Desired, changed: readonly Domain[]): Promise<void> {
      files.isThere();
      logChanges(log, { domains: changed, before: served?.sites, after: accepted.sites });
      served = { ...accepted, sites: new Map(accepted.sites) };
      await worker.adopt(accepted);
      targets.lookAgain();
      await unused.removeAll([served, next()]);
    },

    /** Writes down what is served. */
    async write(): Promise<void> {
      if (!served) return;
      await files.write(served);
      await unused.removeNoted([served, next()]);
    },

    /** Removes the copies that no file names, as the files say all that is served. */
    async removeUnused(): Promise<void> {
      if (served) await unused.removeAll([served, next()]);
    },

    /** HAProxy is not there. It may still have loaded the new files, with only its answer missing. */
    async await(): Promise<void> {
      worker.forget();
      await files.await({ served, newest: next() });
    },
  };
}
