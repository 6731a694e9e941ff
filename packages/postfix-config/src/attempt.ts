import { join } from 'node:path';
import { reasonOf } from '@freehold/core/error';
import { withLock } from '@freehold/core/lock';
import type { Log } from '@freehold/core/log';
import { createFaultReporter } from '@freehold/core/report-faults';
import type { Look, Snapshot } from './look.ts';
import type { createReconciler, Outcome } from './reconcile.ts';
import type { PostfixSettings } from './settings.ts';
import { ensureSrsSecret } from './srs-secret.ts';

export interface Work {
  readonly settings: PostfixSettings;
  readonly look: Look;
  readonly reconcile: ReturnType<typeof createReconciler>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Makes the work of one look. What goes wrong in it is said when it begins and when it is over, not at each try. */
export function createAttempt(options: Work): (snapshot: Snapshot) => Promise<Outcome> {
  const { look, reconcile, log } = options;
  const reportFaults = createFaultReporter(log);
  let failure: string | undefined;
  return async (snapshot) => {
    try {
      const { faults, ...desired } = await look(snapshot);
      reportFaults(faults);
      const outcome = await oneAtATime(options, () => reconcile(desired));
      if (failure !== undefined) log.notice('The configuration is brought up to date again.');
      failure = undefined;
      return outcome;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== failure)
        log.error(`The configuration could not be brought up to date, which is tried again: ${reason}`);
      failure = reason;
      return 'waiting';
    }
  };
}

/** A postfix-config that is run by hand and the one that runs all the time do not write the same files at once. */
export function oneAtATime<T>(options: Work, work: () => Promise<T>): Promise<T> {
  const { settings, log, signal } = options;
  const file = join(settings.FREEHOLD_POSTFIX_DIR, '.postfix-config.lock');
  return withLock(file, { signal, log, what: 'Another postfix-config' }, async () => {
    await ensureSrsSecret(settings.FREEHOLD_POSTFIX_DIR, log);
    return work();
  });
}
