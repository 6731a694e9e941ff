import { join } from 'node:path';
import { backoff } from '@freehold/core/backoff';
import { createCoalescer } from '@freehold/core/coalesce';
import { etcdOf } from '@freehold/core/etcd-address';
import { startMirror } from '@freehold/core/mirror';
import { runAtChanges } from '@freehold/core/run-at-changes';
import { watchFolder } from '@freehold/core/watch-folder';
import { createAttempt, type Work } from './attempt.ts';
import { mailPrefix } from './mail-record.ts';

/**
 * The delay, in milliseconds, after which refused files are offered to Postfix again: an operator may have
 * corrected main.cf.local.
 */
const refusedMs = 10_000;

/**
 * Reads and applies the desired state at every change until the signal aborts; failures are retried forever.
 */
export async function follow(options: Work): Promise<void> {
  const { settings, log, signal } = options;
  const coalescer = createCoalescer({
    quietMs: settings.FREEHOLD_QUIET_MS,
    maxWaitMs: settings.FREEHOLD_MAX_WAIT_MS,
  });
  const mail = startSources(options, coalescer.notify);
  const attempt = createAttempt(options);
  let delays = backoff({ maxMs: 2000 });
  const work = async () => {
    // Until etcd has answered, the current configuration is the best one known.
    if (!mail.complete) return undefined;
    const outcome = await attempt({ mail: mail.entries });
    if (outcome === 'waiting') return delays.next().value;
    delays = backoff({ maxMs: 2000 });
    return outcome === 'refused' ? refusedMs : undefined;
  };
  log.info('Started.', { host: settings.FREEHOLD_HOST, etcd: settings.FREEHOLD_ETCD.join(',') });
  await runAtChanges(coalescer, work, signal);
  log.info('Stopped; Postfix keeps its configuration.');
}

function startSources({ settings, log, signal }: Work, onChange: () => void) {
  // Ignores our own files: otherwise a manual run that is ahead of us would be undone. Foreign changes in
  // them are corrected at the next comparison, within 30 s.
  const concerns = (name: string) => name.endsWith('.local');
  void watchFolder({ path: settings.FREEHOLD_POSTFIX_DIR, signal, onChange, concerns });
  void watchFolder({ path: join(settings.FREEHOLD_HAPROXY_DIR, 'approved-certs'), signal, onChange });
  return startMirror({ etcd: etcdOf(settings), prefix: mailPrefix, log, signal, onChange });
}
