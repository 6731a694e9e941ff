// Makes HAProxy serve what is desired, with the least that is needed: nothing, a few commands to the
// running worker, or new files and a reload.
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { Desired, Layout } from './desired.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { createRetirement } from './old-workers.ts';
import { reloadAndSearch } from './reload.ts';
import { createReloadPace } from './reload-pace.ts';
import { createServing } from './serving.ts';

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
  /** Resolves when nothing runs in the background. */
  settled(): Promise<void>;
}

/** What a reconciler waits for, in milliseconds. */
interface Waits {
  /** The file of a certificate that is being changed. */
  readonly certificate?: number;
  /** The turn of a reload. */
  readonly reload?: number;
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
  const serving = createServing({ layout, haproxy, log, signal, unattended });
  const { worker, files } = serving;
  const retire = createRetirement({ haproxy, log });
  let retired = Promise.resolve();
  let lastRefusal = '';
  let waits: Waits = {};

  async function reconcile(desired: Desired, changed?: Iterable<Domain>): Promise<Outcome> {
    await serving.take(desired, changed);
    waits = serving.isUnsettled() ? { certificate: unsettledMs } : {};
    // A full comparison asks the worker too: one that was started while the files were being written has read others.
    if (changed && isDone()) return 'done';
    const seen = await serving.look();
    if (seen === 'absent') return absent();
    if (seen === 'known') {
      files.isThere();
      await serving.tell();
    }
    if (serving.needsReload()) {
      // What a worker that somebody else started has not been told is not kept waiting.
      const reloadMs = pace.waitMs({ urgent: seen === 'replaced' });
      if (reloadMs === 0) return reload();
      waits = { ...waits, reload: reloadMs };
    } else lastRefusal = '';
    if (worker.isKnown() && files.areDue()) await serving.write();
    if (!changed && worker.isKnown() && !files.areBehind()) await serving.removeUnused();
    if (isDone()) return 'done';
    return lastRefusal === '' ? 'behind' : 'refused';
  }

  function isDone(): boolean {
    return Object.keys(waits).length === 0 && serving.isDone() && !serving.needsReload();
  }

  async function reload(): Promise<Outcome> {
    // HAProxy would refuse a certificate of which somebody has removed the copy, and the site would lose it.
    await serving.restoreCopies();
    const outcome = await reloadAndSearch(haproxy, serving);
    if (outcome.kind === 'absent') return absent();
    if (outcome.kind === 'refused') return refused(outcome.reason);
    pace.reloaded();
    lastRefusal = '';
    retired = retire();
    return isDone() ? 'done' : 'behind';
  }

  function refused(reason: string): Outcome {
    pace.refused();
    waits = { ...waits, reload: pace.waitMs({ urgent: false }) };
    if (reason !== lastRefusal)
      log.error(`HAProxy refused its files, and the last valid ones stay in use: ${reason}`);
    lastRefusal = reason;
    return 'refused';
  }

  async function absent(): Promise<Outcome> {
    // One that starts has no old workers.
    pace.reset();
    await serving.await();
    return 'waiting';
  }

  return {
    reconcile,
    againMs() {
      // Where the worker is another one, a reload comes first.
      const filesMs = worker.isKnown() ? files.dueMs() : undefined;
      const due = [waits.certificate, waits.reload, filesMs].filter((ms) => ms !== undefined);
      return due.length > 0 ? Math.min(...due) : undefined;
    },
    async writeDown() {
      if (worker.isKnown() && files.areBehind()) await serving.write();
    },
    settled: () => retired,
  };
}
