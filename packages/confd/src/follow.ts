import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backoff } from '@freehold/core/backoff';
import { createCoalescer } from '@freehold/core/coalesce';
import { reasonOf } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import { hostsPrefix } from '@freehold/core/host-record';
import type { Log } from '@freehold/core/log';
import { startMirror } from '@freehold/core/mirror';
import { type Cause, runAtChanges } from '@freehold/core/run-at-changes';
import { servicesPrefix } from '@freehold/core/service-record';
import { watchFolder } from '@freehold/core/watch-folder';
import { keepHostAlive, ownAddress } from './keep-host-alive.ts';
import type { Look, Snapshot } from './look.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { createReconciler } from './reconcile.ts';
import type { ConfdSettings } from './settings.ts';

/**
 * A refusal that is no site's fault is put to HAProxy again after so many milliseconds, not sooner: where it cannot
 * bind a port, each try has the old worker let go of its ports for a moment.
 */
const refusedMs = 30_000;

/** After so many milliseconds without a change, sites move from spare backends to their own. */
const calmMs = 2000;

/** Looks again at every change until the signal aborts; what fails is tried again, never given up. */
export async function follow(options: {
  settings: ConfdSettings;
  look: Look;
  reconcile: ReturnType<typeof createReconciler>;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { settings, look, reconcile, log, signal } = options;
  const coalescer = createCoalescer({
    quietMs: settings.FREEHOLD_QUIET_MS,
    maxWaitMs: settings.FREEHOLD_MAX_WAIT_MS,
  });
  const { services, hosts } = startSources({ settings, log, signal, onChange: coalescer.notify });
  const lookAndReconcile = async (snapshot: Snapshot, tidy: boolean) => {
    try {
      const desired = await look(snapshot);
      return await oneAtATime({ settings, log, signal }, () => reconcile(desired, tidy));
    } catch (error) {
      log.error(
        `The configuration could not be brought up to date, which is tried again: ${reasonOf(error)}`,
      );
      return 'waiting';
    }
  };
  let delays = backoff({ maxMs: 2000 });
  let untidy = false;
  const work = async (cause: Cause): Promise<number | undefined> => {
    const complete = services.complete && hosts.complete;
    // Until etcd has answered, what was served last is the best that is known.
    if (!complete && existsSync(join(settings.FREEHOLD_HAPROXY_DIR, 'haproxy.cfg'))) return undefined;
    const { entries, created } = services;
    const snapshot = { services: entries, created, hosts: hosts.entries, complete };
    const outcome = await lookAndReconcile(snapshot, untidy && cause === 'time');
    untidy = outcome === 'untidy';
    if (outcome === 'waiting') return delays.next().value;
    delays = backoff({ maxMs: 2000 });
    if (untidy) return calmMs;
    return outcome === 'refused' ? refusedMs : undefined;
  };
  log.info('Started.', { host: settings.FREEHOLD_HOST, etcd: settings.FREEHOLD_ETCD.join(',') });
  await runAtChanges(coalescer, work, signal);
  log.info('Stopped; HAProxy goes on with what it has.');
}

function startSources(options: {
  settings: ConfdSettings;
  log: Log;
  signal: AbortSignal;
  onChange: () => void;
}) {
  const { settings, log, signal, onChange } = options;
  const etcd = etcdOf(settings);
  const mirrored = { etcd, log, signal, onChange };
  const certificates = join(settings.FREEHOLD_HAPROXY_DIR, 'approved-certs');
  void watchFolder({ path: certificates, signal, onChange });
  void keepHostAlive({
    etcd,
    host: settings.FREEHOLD_HOST,
    ip: settings.FREEHOLD_HOST_IP ?? ownAddress(),
    boot: settings.FREEHOLD_BOOT_ID,
    signal,
    log,
  });
  return {
    services: startMirror({ ...mirrored, prefix: servicesPrefix }),
    hosts: startMirror({ ...mirrored, prefix: hostsPrefix }),
  };
}
