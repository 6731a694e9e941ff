import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backoff } from '@freehold/core/backoff';
import { createCoalescer } from '@freehold/core/coalesce';
import { reasonOf } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import { hostsPrefix } from '@freehold/core/host-record';
import type { Log } from '@freehold/core/log';
import { startMirror } from '@freehold/core/mirror';
import { runAtChanges } from '@freehold/core/run-at-changes';
import { servicesPrefix } from '@freehold/core/service-record';
import { watchFolder } from '@freehold/core/watch-folder';
import { createDirty } from './dirty.ts';
import { keepHostAlive, ownAddress } from './keep-host-alive.ts';
import type { Look } from './look.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { Reconciler } from './reconcile.ts';
import type { ConfdSettings } from './settings.ts';
import { wakeAcme } from './wake-acme.ts';

/** inotify may have missed something: everything is compared after so many milliseconds. */
const compareMs = 300_000;

/** Looks again at every change until the signal aborts; what fails is tried again, never given up. */
export async function follow(options: {
  settings: ConfdSettings;
  look: Look;
  reconciler: Reconciler;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { settings, look, reconciler, log, signal } = options;
  const coalescer = createCoalescer({
    quietMs: settings.FREEHOLD_QUIET_MS,
    maxWaitMs: settings.FREEHOLD_MAX_WAIT_MS,
    eager: true,
  });
  const dirty = createDirty();
  const { services, hosts } = startSources({ settings, log, signal, dirty, notify: coalescer.notify });
  let delays = backoff({ maxMs: 2000 });
  let isHeardOf = true;

  async function lookAndReconcile(complete: boolean) {
    const changes = dirty.take();
    try {
      const { entries, created } = services;
      const snapshot = { services: entries, created, hosts: hosts.entries, complete };
      const { desired, changed } = await look(snapshot, changes);
      const some = changes.everything || !isHeardOf ? undefined : changed;
      isHeardOf = false;
      const outcome = await oneAtATime({ settings, log, signal }, () => reconciler.reconcile(desired, some));
      isHeardOf = true;
      return outcome;
    } catch (error) {
      if (signal.aborted) return 'waiting';
      // What was taken and not looked at is found by comparing everything.
      dirty.addEverything();
      log.error(`Cannot update the configuration; trying again: ${reasonOf(error)}`);
      return 'waiting';
    }
  }

  const work = async (): Promise<number | undefined> => {
    const complete = services.complete && hosts.complete;
    // Until etcd has answered, what was served last is the best that is known.
    if (!complete && existsSync(join(settings.FREEHOLD_HAPROXY_DIR, 'haproxy.cfg'))) return undefined;
    const outcome = await lookAndReconcile(complete);
    if (outcome === 'waiting') return delays.next().value;
    delays = backoff({ maxMs: 2000 });
    return reconciler.againMs();
  };
  log.info('Started.', { host: settings.FREEHOLD_HOST, etcd: settings.FREEHOLD_ETCD.join(',') });
  await runAtChanges(coalescer, work, signal);
  await oneAtATime({ settings, log, signal }, () => reconciler.writeDown()).catch((error) =>
    log.warning(`The last changes are not in HAProxy's files, but in etcd: ${reasonOf(error)}`),
  );
  log.info('Stopped; HAProxy keeps its configuration.');
}

/** Beside `approved-certs`, the files of the folder that others write. */
const ownFiles = ['default.pem', 'hop.pem', 'hop-ca.pem'];

function startSources(options: {
  settings: ConfdSettings;
  log: Log;
  signal: AbortSignal;
  dirty: ReturnType<typeof createDirty>;
  notify: (soon?: boolean) => void;
}) {
  const { settings, log, signal, dirty, notify } = options;
  const etcd = etcdOf(settings);
  const folder = settings.FREEHOLD_HAPROXY_DIR;
  void watchFolder({
    path: join(folder, 'approved-certs'),
    signal,
    rescanMs: compareMs,
    concerns: (name) => name.endsWith('.pem'),
    onChange(name, isInPlace) {
      dirty.addCertificate(name);
      // Half of a certificate is none: the rest is waited for.
      notify(!isInPlace);
    },
  });
  void watchFolder({
    path: folder,
    signal,
    rescanMs: compareMs,
    concerns: (name) => ownFiles.includes(name),
    onChange(_, isInPlace) {
      dirty.addOwn();
      notify(!isInPlace);
    },
  });
  void keepHostAlive({
    etcd,
    host: settings.FREEHOLD_HOST,
    ip: settings.FREEHOLD_HOST_IP ?? ownAddress(),
    boot: settings.FREEHOLD_BOOT_ID,
    signal,
    log,
  });
  if (etcd.tls) void wakeAcme({ etcd, folder: settings.FREEHOLD_ACME_WAKE_DIR, signal, log });
  const onChange = (keys: ReadonlySet<string>) => {
    dirty.addKeys(keys);
    notify();
  };
  const mirrored = { etcd, log, signal, onChange };
  return {
    services: startMirror({ ...mirrored, prefix: servicesPrefix }),
    hosts: startMirror({ ...mirrored, prefix: hostsPrefix }),
  };
}
