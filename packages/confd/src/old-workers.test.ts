import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import { haproxyAt } from './haproxy-socket.ts';
import { mostOldWorkers, sessionsIn, workersToEnd } from './old-workers.ts';
import { createReconciler } from './reconcile.ts';
import { desire, onceThere, site, startReconciler, two } from './reconciler-under-test.ts';
import { renderFiles } from './render.ts';
import { createTestEdge, startBackend, type TestEdge } from './test-edge.ts';

test('The old workers with the most reloads are ended first.', () => {
  const old = Array.from(
    { length: mostOldWorkers + 2 },
    (_, index) => `${20 - index} worker ${index + 1} 0d00h00m09s 3.0`,
  );
  const shown = `#<PID> <type>\n1 master 9 [failed: 2] 0d 3.0\n# workers\n30 worker 0 0d 3.0\n# old workers\n${old.join('\n')}\n# programs\n\n`;
  assert.deepEqual(workersToEnd(shown), [20 - mostOldWorkers, 19 - mostOldWorkers]);
  assert.deepEqual(workersToEnd('# workers\n30 worker 0 0d 3.0\n# programs\n'), []);
});

test('Connections of the command line itself are not among those that are ended.', () => {
  const shown = [
    '0x7f01: proto=tcpv4 src=127.0.0.1:4 fe=edge be=a.test srv=h1 ts=00 age=1s',
    '0x7f02: proto=tcpv6 src=::1:4 fe=edge be=a.test srv=h1 ts=00 age=1s',
    '0x7f03: proto=sockpair src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=02 age=0s',
  ];
  assert.deepEqual(sessionsIn(shown.join('\n')), ['0x7f01', '0x7f02']);
});

test('the oldest worker loses its websocket when there are too many, and all others keep theirs', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const haproxy = await start(edge, backend.port);
  const sockets = [];
  for (let count = 0; count <= mostOldWorkers; count++) {
    sockets.push(await openWebsocket(edge.httpPort));
    assert.equal(await haproxy.endOldWorkers(), 0);
    await waitFor('a reload', async () => (await haproxy.reload()).kind === 'accepted');
    await waitFor('the master', () => haproxy.isThere());
  }
  const [oldest, ...others] = sockets;
  assert.ok(oldest);
  // HAProxy resets it, which is an error before it is the end.
  const { promise: closed, resolve } = Promise.withResolvers<boolean>();
  oldest.once('close', resolve);
  assert.equal(await haproxy.endOldWorkers(), 1);
  await closed;
  for (const socket of others) {
    socket.write('still there?');
    assert.equal(String((await once(socket, 'data'))[0]), 'still there?');
    socket.destroy();
  }
});

async function start(edge: TestEdge, port: number) {
  const { folder, env, httpPort, httpsPort } = edge;
  const [sockets, pages] = [env.FREEHOLD_HAPROXY_SOCKETS ?? '', env.FREEHOLD_PAGES_DIR ?? ''];
  const layout = { folder, sockets, pages, httpPort, httpsPort, ipv6: true };
  const domain = parseDomain('a.test');
  const site = { domain, backends: [{ host: 'h1', address: { ip: '127.0.0.1', port } }] };
  for (const [path, text] of renderFiles({ sites: new Map([[domain, site]]), complete: true }, layout))
    await writeFile(path, text);
  await edge.haproxy.start();
  const haproxy = haproxyAt(sockets);
  await waitFor('the master', () => haproxy.isThere());
  return haproxy;
}

async function openWebsocket(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1.1 101/);
  return socket;
}

test('too many old workers that take long to end keep no change of a site waiting', async () => {
  await using edge = await createTestEdge();
  await using backend = await startBackend('a.test');
  const { haproxy, layout } = await startReconciler(edge);
  const hanging = { ...haproxy, endOldWorkers: () => new Promise<number>(() => {}) };
  const { reconcile } = createReconciler({ layout, haproxy: hanging, log: createLog(recordingStream()) });
  for (const name of ['b.test', 'c.test']) await onceThere(() => reconcile(desire(two(name))));
  await reconcile(desire(two('c.test'), site('a.test', backend.port)));
  assert.equal((await edge.get('a.test')).status, 200);
});
