// Races between an announcement and a withdrawal, with their steps in the worst order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { after, before, test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { createLog } from '@freehold/core/log';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { recordingStream } from '@freehold/testing/recording-stream';
import { announce } from './announce.ts';
import { createSharedEtcd } from './shared-etcd.ts';
import { listApps } from './site-records.ts';
import { withdraw } from './withdraw.ts';

const boot = 'aaaa';
let server: EtcdServer;
let etcd: Etcd;
const backends: ReturnType<typeof createServer>[] = [];

before(async () => {
  server = await startEtcd();
  etcd = connectEtcd({ endpoints: [server.endpoint] });
});
after(async () => {
  etcd.close();
  for (const backend of backends) backend.close();
  await server.remove();
});

async function listen(listener: RequestListener): Promise<number> {
  const backend = createServer({ keepAlive: false }, listener).listen(0, '127.0.0.1');
  backends.push(backend);
  await once(backend, 'listening');
  return (backend.address() as { port: number }).port;
}

function shared(domain: string) {
  const stream = recordingStream();
  const host = {
    name: 'host1',
    boot,
    etcd: { endpoints: [server.endpoint] },
    probeSeconds: 600,
    drainSeconds: 0,
    haproxySockets: '/nonexistent',
  };
  const { signal } = new AbortController();
  return {
    domain: parseDomain(domain),
    host,
    shared: createSharedEtcd(),
    seconds: 600,
    signal,
    log: createLog(stream),
    lines: stream.lines,
  };
}

const backendAt = (port: number) => ({ app: 'static', address: { ip: '127.0.0.1', port } });
const keyOf = (domain: string) => `/services/static/${domain}/host1`;

test('A record withdrawn while the backend is probed is announced nevertheless.', async () => {
  const options = shared('probed.test');
  await etcd.put(keyOf('probed.test'), '{"ip":"127.0.0.1","port":9,"boot":"aaaa"}');
  let asked = 0;
  const port = await listen(async (_, response) => {
    asked += 1;
    if (asked === 1) await withdraw({ ...options, forget: false });
    response.end();
  });
  await announce({ ...options, backend: backendAt(port) });
  assert.equal(asked, 2, 'the backend is probed again');
  assert.equal(await etcd.get(keyOf('probed.test')), `{"ip":"127.0.0.1","port":${port},"boot":"aaaa"}`);
});

test("An announcement whose container has disappeared does not overwrite its successor's.", async (context) => {
  const options = shared('successor.test');
  const port = await listen(async (_, response) => {
    await etcd.put(keyOf('successor.test'), '{"ip":"127.0.0.1","port":9,"boot":"aaaa"}');
    backends.at(-1)?.close();
    response.end();
    // It probes again until its time is over.
    setTimeout(() => context.mock.timers.tick(1_000_000), 300);
  });
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  await assert.rejects(announce({ ...options, backend: backendAt(port) }), /ECONNREFUSED/);
  assert.equal(await etcd.get(keyOf('successor.test')), '{"ip":"127.0.0.1","port":9,"boot":"aaaa"}');
});

test('A withdrawal leaves alone an announcement made after it read the record, even an identical one.', async () => {
  const options = shared('anew.test');
  const port = await listen((_, response) => response.end());
  const first = { ...options, backend: backendAt(port) };
  await announce(first);
  // Nothing is logged before the swap, so the connection is the only place to step in between.
  const proxied = await pauseBeforeTransaction(() => announce(first));
  await withdraw({
    ...options,
    host: { ...options.host, etcd: { endpoints: [proxied.endpoint] } },
    shared: createSharedEtcd(),
    forget: false,
  });
  proxied.close();
  assert.equal(await etcd.get(keyOf('anew.test')), `{"ip":"127.0.0.1","port":${port},"boot":"aaaa"}`);
  assert.match(options.lines.at(-1) ?? '', /was announced again in the meantime and stays/);
});

test('The apps are found among keys of every shape.', async () => {
  const keys = [
    '/services/static-git/a.test/h',
    '/services/static/a.test/h',
    '/services/foo',
    '/services/foo-bar/x/y',
  ];
  for (const key of [...keys, '/services//x/y', '/services/static/b.test/h', '/servicesx', '/services0']) {
    await etcd.put(key, '{}');
  }
  const apps = await listApps(etcd);
  assert.deepEqual(apps.toSorted(), ['', 'foo-bar', 'static', 'static-git']);
});

/** A connection to etcd that does something before it passes the first transaction on. */
async function pauseBeforeTransaction(work: () => Promise<void>) {
  const { port } = new URL(server.endpoint);
  let done: Promise<void> | undefined;
  const proxy = createTcpServer((from) => {
    const to = connect(Number(port), '127.0.0.1');
    to.pipe(from);
    from.on('data', async (chunk) => {
      // HPACK may have compressed the RPC's path in the HTTP/2 headers. The bytes of a put are plain, and
      // only a transaction of the withdrawal carries this value.
      if (chunk.includes('{"boot":"aaaa"}')) {
        done ??= work();
        await done;
      }
      to.write(chunk);
    });
    from.on('close', () => to.destroy());
    to.on('error', () => from.destroy());
    from.on('error', () => to.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const endpoint = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
  return { endpoint, close: () => proxy.close() };
}
