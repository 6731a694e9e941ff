import { join } from 'node:path';
import { backoff } from '@freehold/core/backoff';
import { createCoalescer } from '@freehold/core/coalesce';
import { reasonOf } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import { withLock } from '@freehold/core/lock';
import type { Log } from '@freehold/core/log';
import { startMirror } from '@freehold/core/mirror';
import { createFaultReporter } from '@freehold/core/report-faults';
import { runAtChanges } from '@freehold/core/run-at-changes';
import { watchFolder } from '@freehold/core/watch-folder';
import type { Look } from './look.ts';
import { mailPrefix } from './mail-record.ts';
import type { createReconciler } from './reconcile.ts';
import type { PostfixSettings } from './settings.ts';
import { ensureSrsSecret } from './srs-secret.ts';

/** What Postfix has refused is put to it again after so many milliseconds: an operator may have mended main.cf.local. */
const refusedMs = 10_000;

export interface Work {
  readonly settings: PostfixSettings;
  readonly look: Look;
  readonly reconcile: ReturnType<typeof createReconciler>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Looks again at every change until the signal aborts; what fails is tried again, never given up. */
export async function follow(options: Work): Promise<void> {
  const { settings, log, signal } = options;
  const coalescer = createCoalescer({
    quietMs: settings.FREEHOLD_QUIET_MS,
    maxWaitMs: settings.FREEHOLD_MAX_WAIT_MS,
  });
  const mail = startSources(options, coalescer.notify);
  const reportFaults = createFaultReporter(log);
  let delays = backoff({ maxMs: 2000 });
  const work = async () => {
    // Until etcd has answered, what is in force is the best that is known.
    if (!mail.complete) return undefined;
    const outcome = await lookAndReconcile(options, { mail: mail.entries }, reportFaults);
    if (outcome === 'waiting') return delays.next().value;
    delays = backoff({ maxMs: 2000 });
    return outcome === 'refused' ? refusedMs : undefined;
  };
  log.info('Started.', { host: settings.FREEHOLD_HOST, etcd: settings.FREEHOLD_ETCD.join(',') });
  await runAtChanges(coalescer, work, signal);
  log.info('Stopped; Postfix goes on with what it has.');
}

async function lookAndReconcile(
  options: Work,
  snapshot: Parameters<Look>[0],
  reportFaults: ReturnType<typeof createFaultReporter>,
) {
  try {
    const { faults, ...desired } = await options.look(snapshot);
    reportFaults(faults);
    return await oneAtATime(options, () => options.reconcile(desired));
  } catch (error) {
    const reason = reasonOf(error);
    options.log.error(`The configuration could not be brought up to date, which is tried again: ${reason}`);
    return 'waiting';
  }
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

function startSources({ settings, log, signal }: Work, onChange: () => void) {
  // Not our own: a run by hand that is ahead of us would be undone. What somebody has changed in them is put right at
  // the next look, which is after 30 s at the latest.
  const concerns = (name: string) => name.endsWith('.local');
  void watchFolder({ path: settings.FREEHOLD_POSTFIX_DIR, signal, onChange, concerns });
  void watchFolder({ path: join(settings.FREEHOLD_HAPROXY_DIR, 'approved-certs'), signal, onChange });
  return startMirror({ etcd: etcdOf(settings), prefix: mailPrefix, log, signal, onChange });
}
