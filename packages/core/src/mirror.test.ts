// A copy of a prefix must become correct again after any fault of etcd or of the connection to it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import { connectEtcd, type Etcd } from './etcd.ts';
import { createLog } from './log.ts';
import { startMirror } from './mirror.ts';
import { startProxy, type TcpProxy } from './proxy-under-test.ts';

interface Scene {
  readonly server: EtcdServer;
  readonly proxy: TcpProxy;
  readonly etcd: Etcd;
  readonly lines: string[];
  readonly mirror: ReturnType<typeof startMirror>;
  readonly changes: () => number;
  /** Waits until the copy holds exactly these entries, keyed without their prefix. */
  holds(expected: Record<string, string>): Promise<void>;
  put(key: string, value: string): Promise<void>;
  stop(): void;
}

async function withScene(
  run: (scene: Scene) => Promise<void>,
  before?: (server: EtcdServer) => Promise<void>,
) {
  const server = await startEtcd();
  await before?.(server);
  const proxy = await startProxy(server.endpoint);
  const etcd = connectEtcd({ endpoints: [server.endpoint] });
  const { lines, write } = recordingStream();
  const abort = new AbortController();
  let count = 0;
  const mirror = startMirror({
    etcd: { endpoints: [proxy.endpoint] },
    prefix: '/m/',
    signal: abort.signal,
    log: createLog({ write }),
    onChange: () => (count += 1),
  });
  const text = () => JSON.stringify([...mirror.entries].toSorted());
  const holds = async (expected: Record<string, string>) => {
    const wanted = JSON.stringify(Object.entries(expected).map(([key, value]) => [`/m/${key}`, value]));
    const found = () => mirror.complete && text() === wanted;
    await waitFor(`the copy to hold ${wanted}`, found).catch((error: Error) => {
      throw new Error(`${error.message}; it holds ${text()}`);
    });
  };
  try {
    const put = (key: string, value: string) => etcd.put(`/m/${key}`, value);
    await run({
      server,
      proxy,
      etcd,
      lines,
      mirror,
      changes: () => count,
      holds,
      put,
      stop: () => abort.abort(),
    });
  } finally {
    abort.abort();
    etcd.close();
    proxy.close();
    await server.remove();
  }
}

// Each test has an etcd of its own and spends most of its time waiting for it.
describe('a mirror', { concurrency: 4 }, () => {
  test('The copy contains the initial entries and follows each change.', () =>
    withScene(
      async ({ etcd, holds, put, changes }) => {
        await holds({ a: 'old' });
        assert.equal(changes(), 1);
        await put('b', 'new');
        await etcd.put('/other', 'not ours');
        await holds({ a: 'old', b: 'new' });
        await etcd.delete('/m/a');
        await put('b', 'newer');
        await holds({ b: 'newer' });
      },
      async (server) => {
        const etcd = connectEtcd({ endpoints: [server.endpoint] });
        await etcd.put('/m/a', 'old');
        etcd.close();
      },
    ));

  test('An empty prefix is complete too, and an etcd that does not exist yet is waited for.', () =>
    withScene(
      async ({ server, mirror, lines, changes, holds }) => {
        await waitFor('the first failure', () => lines.length > 0);
        assert.deepEqual([mirror.complete, mirror.entries.size, changes()], [false, 0, 0]);
        await server.start();
        await holds({});
        assert.equal(changes(), 1);
      },
      (server) => server.stop(),
    ));

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`After etcd was ended by ${signal} and restarted, the copy follows as before, and the outage is logged once.`, () =>
      withScene(async ({ server, lines, changes, holds, put }) => {
        await put('a', '1');
        await holds({ a: '1' });
        const before = changes();
        await server.stop(signal);
        await waitFor('the outage to be logged', () => lines.length === 1);
        await holds({ a: '1' });
        await server.start();
        await waitFor('the end of the outage to be logged', () => lines.length === 2);
        assert.match(lines[0] ?? '', /^<4>etcd at .* the last known state stays in use\.$/);
        assert.match(lines[1] ?? '', /^<5>Connected to etcd again for \/m\/\.$/);
        assert.equal(changes(), before, 'nothing changed, so no change is reported');
        await put('a', '2');
        await holds({ a: '2' });
      }));
  }

  test('The copy catches up on changes made while the connection to etcd was cut, even if its history was compacted.', () =>
    withScene(async ({ server, proxy, etcd, lines, holds, put }) => {
      await put('a', '1');
      await put('b', '1');
      await holds({ a: '1', b: '1' });
      proxy.cut();
      await waitFor('the outage to be logged', () => lines.length > 0);
      await put('a', '2');
      await etcd.delete('/m/b');
      await put('c', '1');
      const { revision } = await etcd.list('/m/');
      const body = JSON.stringify({ revision: String(revision), physical: true });
      assert.ok((await fetch(`${server.endpoint}/v3/kv/compaction`, { method: 'POST', body })).ok);
      proxy.mend();
      await holds({ a: '2', c: '1' });
      await put('d', '1');
      await holds({ a: '2', c: '1', d: '1' });
    }));

  test('A connection that is cut repeatedly while keys change loses none of the changes.', () =>
    withScene(async ({ proxy, holds, put }) => {
      const expected: Record<string, string> = {};
      for (let n = 100; n < 160; n += 1) {
        expected[`k${n}`] = String(n);
        await put(`k${n}`, String(n));
        if (n % 10 === 5) proxy.cut();
        if (n % 10 === 8) proxy.mend();
      }
      await holds(expected);
    }));

  test('A connection that falls silent without ending is detected and replaced.', () =>
    withScene(async ({ proxy, holds, put }) => {
      await put('a', '1');
      await holds({ a: '1' });
      // One more change, to make sure that the watch itself is open.
      await put('a', '2');
      await holds({ a: '2' });
      proxy.freeze();
      await put('a', '3');
      await holds({ a: '3' });
    }));

  test('After an abort nothing is followed any more, and no new connection is made.', () =>
    withScene(async ({ proxy, mirror, holds, put, stop }) => {
      await put('a', '1');
      await holds({ a: '1' });
      stop();
      proxy.cut();
      const made = proxy.connections();
      proxy.mend();
      await put('a', '2');
      assert.deepEqual([mirror.entries.get('/m/a'), proxy.connections()], ['1', made]);
    }));
});
