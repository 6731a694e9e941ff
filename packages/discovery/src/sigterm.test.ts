// A program that waits for something still exits within a second of SIGTERM.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { startChild } from '@freehold/testing/child';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { waitFor } from '@freehold/testing/wait-for';
import { startProgram } from './program-under-test.ts';

let server: EtcdServer;
let etcd: Etcd;
before(async () => {
  server = await startEtcd();
  etcd = connectEtcd({ endpoints: [server.endpoint] });
});
after(async () => {
  etcd.close();
  await server.remove();
});

function start(args: string[], { env, ...options }: Parameters<typeof startProgram>[1] = {}) {
  const settings = { FREEHOLD_ETCD: server.endpoint, FREEHOLD_HOST: 'host1', FREEHOLD_BOOT_ID: 'aaaa' };
  return startProgram(args, { ...options, env: { ...settings, ...env } });
}

/** A TCP port that accepts connections but never sends anything. */
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

/**
 * The number of connection attempts to a port that are still waiting: those in the state SYN_SENT, which is 2
 * (proc_pid_net(5)).
 */
async function attempts(port: number): Promise<number> {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')} 02 `;
  return (await readFile('/proc/net/tcp', 'utf8')).split(remote).length - 1;
}

/** A TCP port that drops SYN packets: it listens but accepts no connection, and its backlog is full. */
async function fullPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const source = `
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port) + ' ');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const listener = startChild(process.execPath, ['--eval', source]);
  await waitFor('it to listen', () => listener.output().endsWith(' '));
  const port = Number(listener.output());
  const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await waitFor('the backlog to be full', async () => (await attempts(port)) > 0);
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await listener.stop('SIGKILL');
  };
  return { port, close };
}

test('SIGTERM ends the program while it reads its input.', async () => {
  const reading = start(['announce', 'term.test'], { keepOpen: true });
  // More than a pipe can hold: once all is written, the program is reading.
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

test('SIGTERM ends the program while a backend does not even accept the connection.', async () => {
  const full = await fullPort();
  const others = await attempts(full.port);
  const address = ['--app', 'static', '--address', '127.0.0.1', '--port', String(full.port)];
  const probing = start(['announce', 'term.test', ...address]);
  await waitFor('the first try', async () => (await attempts(full.port)) > others);
  probing.kill('SIGTERM');
  const { code, lines } = await probing.ended;
  await full.close();
  assert.deepEqual([code, lines.at(-1)], [1, '<3>Stopped by SIGTERM.']);
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

test('SIGTERM ends the wait for running requests after the address has been removed.', async () => {
  const key = '/services/static/term.test/host1';
  await etcd.put(key, '{"ip":"127.0.0.1","port":9,"boot":"aaaa"}');
  const env = { FREEHOLD_DRAIN_SECONDS: '40' };
  const draining = start(['withdraw', 'term.test'], { env });
  await waitFor('the withdrawal', () => draining.output().includes('is withdrawn'));
  draining.kill('SIGTERM');
  assert.equal((await draining.ended).code, 1);
  assert.equal(await etcd.get(key), '{"boot":"aaaa"}');
});
