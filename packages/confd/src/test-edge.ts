// The edge for tests: a real etcd, a real HAProxy and confd as its own process, in a folder of their own.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { type Child, startChild } from '@freehold/testing/child';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { freePort } from '@freehold/testing/free-port';
import { type HaproxyServer, prepareHaproxy } from '@freehold/testing/haproxy-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { type Haproxy, haproxyAt } from './haproxy-socket.ts';

export const thisHost = 'h1';
export const thisBoot = '0123456789abcdef';

export interface TestEdge extends AsyncDisposable {
  readonly folder: string;
  readonly etcd: Etcd;
  readonly etcdServer: EtcdServer;
  readonly haproxy: HaproxyServer;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly env: NodeJS.ProcessEnv;
  /** Starts confd with these arguments. */
  confd(...args: string[]): Child;
  /** Announces a backend, as discovery does. */
  announce(domain: string, port: number): Promise<void>;
  /** Fetches `/` (or `url`) by host name over http. */
  get(
    host: string,
    headers?: Record<string, string>,
    rest?: { method?: string; url?: string },
  ): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }>;
}

/** A host of several, whose etcd another edge has started. */
export interface Membership {
  readonly host: string;
  readonly ip: string;
  readonly hopPort: number;
  readonly etcdServer?: EtcdServer;
}

/** etcd runs; HAProxy and confd are started by the test. */
export async function createTestEdge(member?: Membership): Promise<TestEdge> {
  const root = await temporaryFolder();
  const [folder, sockets, pages] = [
    join(root.path, 'haproxy'),
    join(root.path, 'run'),
    join(root.path, 'pages'),
  ];
  for (const path of [join(folder, 'approved-certs'), sockets, pages]) await mkdir(path, { recursive: true });
  await writeFile(join(pages, '404.html'), 'no such site');
  await writeFile(
    join(pages, '503.http'),
    'HTTP/1.0 503 Service Unavailable\r\nRetry-After: 10\r\n\r\nsoon back',
  );
  const etcdServer = member?.etcdServer ?? (await startEtcd());
  const host = member?.host ?? thisHost;
  const etcd = connectEtcd({ endpoints: [etcdServer.endpoint] });
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const haproxy = await prepareHaproxy({
    config: join(folder, 'haproxy.cfg'),
    sockets,
    folders: [root.path],
  });
  const children: Child[] = [];
  const env = {
    FREEHOLD_HOST: host,
    ...(member && { FREEHOLD_HOST_IP: member.ip, FREEHOLD_HOP_PORT: String(member.hopPort) }),
    FREEHOLD_BOOT_ID: thisBoot,
    FREEHOLD_ETCD: etcdServer.endpoint,
    FREEHOLD_HAPROXY_DIR: folder,
    FREEHOLD_HAPROXY_SOCKETS: sockets,
    FREEHOLD_PAGES_DIR: pages,
    FREEHOLD_HTTP_PORT: String(httpPort),
    FREEHOLD_HTTPS_PORT: String(httpsPort),
    FREEHOLD_RELOAD_INTERVAL_MS: '0',
  };
  return {
    folder,
    etcd,
    etcdServer,
    haproxy,
    httpPort,
    httpsPort,
    env,
    confd(...args) {
      const child = startChild(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], env);
      children.push(child);
      return child;
    },
    announce: (domain, port) =>
      etcd.put(
        `/services/static/${domain}/${host}`,
        JSON.stringify({ ip: '127.0.0.1', port, boot: thisBoot }),
      ),
    get: (host, headers = {}, rest = {}) => get(httpPort, { host, ...headers }, rest),
    async [Symbol.asyncDispose]() {
      for (const child of children) await child.stop('SIGKILL');
      await haproxy.stop('SIGKILL');
      etcd.close();
      if (!member?.etcdServer) await etcdServer.remove();
      await root.remove();
    },
  };
}

/** Waits until a host name is answered with a status: an old worker may take a connection for a moment after a reload. */
export function untilStatus(edge: TestEdge, host: string, status: number) {
  return waitFor(`${host} to be answered with ${status}`, async () => {
    const answer = await edge.get(host);
    return answer.status === status && answer;
  });
}

/** Reloads HAProxy as `systemctl reload haproxy` does. Its master closes its socket for a moment after a reload. */
export async function reloadByOperator(edge: TestEdge): Promise<void> {
  const haproxy = haproxyOf(edge);
  await waitFor('a reload', async () => (await haproxy.reload()).kind === 'accepted');
}

/** The process id of the worker that serves now, as its master knows it. */
export function workerOf(edge: TestEdge): Promise<number> {
  return waitFor('the current worker', () => haproxyOf(edge).currentWorker());
}

/** HAProxy's command line. */
export function haproxyOf({ env }: TestEdge): Haproxy {
  return haproxyAt(env.FREEHOLD_HAPROXY_SOCKETS ?? '');
}

function get(
  port: number,
  headers: Record<string, string>,
  { method = 'GET', url = '/' }: { method?: string; url?: string },
): ReturnType<TestEdge['get']> {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<TestEdge['get']>>>();
  const call = request(
    { host: '127.0.0.1', port, headers, method, path: url, agent: false },
    async (answer) => {
      const chunks = await answer.toArray().catch(reject);
      resolve({
        status: answer.statusCode ?? 0,
        body: Buffer.concat(chunks ?? []).toString(),
        headers: answer.headers,
      });
    },
  );
  call.on('error', reject);
  call.end();
  return promise;
}

/** A backend that answers for one domain only (`*`: for all), 421 to all others, and tells what it was asked. `status` may depend on the path. */
export async function startBackend(
  domain: string,
  status: number | ((url: string) => number) = 200,
): Promise<{ port: number; server: Server } & AsyncDisposable> {
  const server = createServer((question, answer) => {
    const host = question.headers.host ?? '';
    const own = domain === '*' || host === domain || host === `www.${domain}`;
    const answered = typeof status === 'number' ? status : status(question.url ?? '');
    answer.writeHead(own ? answered : 421, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ domain, host, headers: question.headers }));
  });
  server.on('upgrade', (_, socket) => {
    // HAProxy may reset it.
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
