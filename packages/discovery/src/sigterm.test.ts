// A program that waits for something ends all the same within a second of SIGTERM.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { waitFor } from '@freehold/testing/wait-for';
import { startProgram } from './program-under-test.ts';

let server: EtcdServer;
let etcd: Etcd;
before(async () => {
  server = await startEtcd();
  etcd = connectEtcd([server.endpoint]);
});
after(async () => {
  etcd.close();
  await server.remove();
});

function start(args: string[], { env, ...options }: Parameters<typeof startProgram>[1] = {}) {
  const settings = { FREEHOLD_ETCD: server.endpoint, FREEHOLD_HOST: 'host1', FREEHOLD_BOOT_ID: 'aaaa' };
  return startProgram(args, { ...options, env: { ...settings, ...env } });
}

/** A TCP port that takes connections and never says a word. */
async function silentPort(): Promise<{ port: number; connected: Promise<unknown>; close: () => void }> {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const close = () => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  };
  const connected = once(silent, 'connection');
  return { port: (silent.address() as { port: number }).port, connected, close };
}

test('SIGTERM ends the program while it reads its input.', async () => {
  const reading = start(['announce', 'term.test'], { keepOpen: true });
  // More than a pipe holds: once it is through, the program is reading.
  await new Promise((through) => reading.input.write(' '.repeat(1024 * 1024), through));
  reading.kill('SIGTERM');
  const { code, lines } = await reading.ended;
  assert.deepEqual([code, lines.at(-1)], [1, '<3>Stopped by SIGTERM.']);
});

test('SIGTERM ends the program while a silent backend is probed.', async () => {
  const silent = await silentPort();
  const args = [
    'announce',
    'term.test',
    '--app',
    'static',
    '--address',
    '127.0.0.1',
    '--port',
    String(silent.port),
  ];
  const probing = start(args);
  await silent.connected;
  probing.kill('SIGTERM');
  const { code, lines } = await probing.ended;
  assert.deepEqual([code, lines.at(-1)], [1, '<3>Stopped by SIGTERM.']);
  silent.close();
});

test('SIGTERM ends the program while etcd is silent.', async () => {
  const silent = await silentPort();
  const asking = start(['withdraw', 'term.test'], {
    env: { FREEHOLD_ETCD: `http://127.0.0.1:${silent.port}` },
  });
  await silent.connected;
  asking.kill('SIGTERM');
  const { code, lines } = await asking.ended;
  assert.deepEqual([code, lines.at(-1)], [1, '<3>Stopped by SIGTERM.']);
  silent.close();
});

test('SIGTERM ends the wait for running requests, with the address out already.', async () => {
  const key = '/services/static/term.test/host1';
  await etcd.put(key, '{"ip":"127.0.0.1","port":9,"boot":"aaaa"}');
  const env = { FREEHOLD_DRAIN_SECONDS: '600' };
  const draining = start(['withdraw', 'term.test'], { env });
  await waitFor('the withdrawal', () => draining.output().includes('is withdrawn'));
  draining.kill('SIGTERM');
  assert.equal((await draining.ended).code, 1);
  assert.equal(await etcd.get(key), '{"boot":"aaaa"}');
});
