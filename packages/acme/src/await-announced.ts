// New sites ask for a certificate when etcd has their record (scripts/host/call-discovery.sh), which may be before haproxy-confd
// has written them down.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '@freehold/core/backoff';
import type { Layout } from './layout.ts';
import type { Store } from './store.ts';

/** So long is it waited for, in milliseconds; then the timer finds them. */
const patienceMs = 20_000;

/** Waits until the sites that asked are known, and takes their requests away. */
export async function awaitAnnounced(options: {
  layout: Layout;
  store: Store;
  signal: AbortSignal;
}): Promise<void> {
  const { layout, store, signal } = options;
  const names = await readdir(layout.asked).catch(() => []);
  if (names.length === 0) return;
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(100, signal)) {
    signal.throwIfAborted();
    const known = new Set<string>(await store.listSites());
    if (names.every((name) => known.has(name))) break;
  }
  for (const name of names) await rm(join(layout.asked, name), { force: true });
}
