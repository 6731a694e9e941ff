import { join } from 'node:path';
import { reasonOf } from '@freehold/core/error';
import { withLock } from '@freehold/core/lock';
import type { Log } from '@freehold/core/log';
import { createFaultReporter } from '@freehold/core/report-faults';
import type { ReadDesired, Snapshot } from './desired-state.ts';
import type { createReconciler, Outcome } from './reconcile.ts';
import type { PostfixSettings } from './settings.ts';
import { ensureSrsSecret } from './srs-secret.ts';

export interface Work {
  readonly settings: PostfixSettings;
  readonly readDesired: ReadDesired;
  readonly reconcile: ReturnType<typeof createReconciler>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Creates the function that reads the desired state and applies it. A failure is logged when it begins and
 * when it ends, not at each attempt.
 */
export function createAttempt(options: Work): (snapshot: Snapshot) => Promise<Outcome> {
  const { readDesired, reconcile, log } = options;
  const reportFaults = createFaultReporter(log);
  let failure: string | undefined;
  return async (snapshot) => {
    try {
      const { faults, ...desired } = await readDesired(snapshot);
      reportFaults(faults);
      const outcome = await oneAtATime(options, () => reconcile(desired));
      if (failure !== undefined) log.notice('The configuration is up to date again.');
      failure = undefined;
      return outcome;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== failure) log.error(`Cannot update the configuration; trying again: ${reason}`);
      failure = reason;
      return 'waiting';
    }
  };
}

/**
 * Prevents a manually started postfix-config and the permanently running one from writing the same files at
 * once.
 */
export function oneAtATime<T>(options: Work, work: () => Promise<T>): Promise<T> {
  const { settings, log, signal } = options;
  const file = join(settings.FREEHOLD_POSTFIX_DIR, '.postfix-config.lock');
  return withLock(file, { signal, log, what: 'Another postfix-config' }, async () => {
    await ensureSrsSecret(settings.FREEHOLD_POSTFIX_DIR, log);
    return work();
  });
}
