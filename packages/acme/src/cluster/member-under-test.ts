// For tests: one member with a real etcd and a lock that it holds. It counts what it reads from etcd.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connectEtcd } from '@freehold/core/etcd';
import { startEtcd } from '@freehold/testing/etcd-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { layoutOf } from '../layout.ts';
import { openReports } from '../reports.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterLock } from './cluster-lock.ts';
import { createKeyring } from './keyring.ts';

const keyLine = (made: number) => `${made} ${randomBytes(32).toString('hex')}`;
const [oldKey, newKey] = [keyLine(1_700_000_000), keyLine(1_700_000_001)];
/** Of a member before another one was removed, and after that. */
export const oldKeyring = createKeyring(oldKey, '/keys');
export const newKeyring = createKeyring(`${newKey}\n${oldKey}`, '/keys');

export async function startMember() {
  const [folder, server] = [await temporaryFolder(), await startEtcd()];
  const etcd = connectEtcd({ endpoints: [server.endpoint] });
  const layout = layoutOf({ data: join(folder.path, 'data'), haproxy: join(folder.path, 'haproxy') });
  await mkdir(layout.domains, { recursive: true });
  await mkdir(dirname(layout.approved('a.test')), { recursive: true });
  const counts = { pages: 0, got: 0, written: 0 };
  const cluster: Cluster = {
    host: 'h1',
    layout,
    keyring: newKeyring,
    etcd: {
      ...etcd,
      async *pages(...args) {
        for await (const page of etcd.pages(...args)) {
          counts.pages += page.entries.length;
          yield page;
        }
      },
      async get(key) {
        if (key.startsWith('/certificates/')) counts.got++;
        return etcd.get(key);
      },
    },
  };
  const lock: ClusterLock = {
    signal: new AbortController().signal,
    async write({ puts = [], deletes = [] }) {
      counts.written += puts.length + deletes.length;
      await etcd.commit({ guard: { key: 'lock', revision: 0n }, puts, deletes });
    },
  };
  const lines: string[] = [];
  const warning = (sentence: string) => void lines.push(sentence);
  const log = { error: warning, warning, notice: warning, info: warning };
  return {
    cluster,
    lock,
    log,
    /** What was logged. */
    lines,
    reports: await openReports(layout.reported, log),
    /** Entries read from certificates in pages and one by one, and keys written, since the last call. */
    takeCounts() {
      const taken = { ...counts };
      Object.assign(counts, { pages: 0, got: 0, written: 0 });
      return taken;
    },
    async [Symbol.asyncDispose]() {
      etcd.close();
      await server.remove();
      await folder.remove();
    },
  };
}
