// What health checks cost a cluster in which nothing happens: three hosts, sites that all of them have, and sites that one has.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createTestEdge, type TestEdge } from '@freehold/confd/test-edge';
import { askSocket } from '@freehold/core/ask-socket';
import { freePort } from '@freehold/testing/free-port';
import { makeHopKeys } from '@freehold/testing/hop-keys';
import { waitFor } from '@freehold/testing/wait-for';
import { printFigure } from './figures.ts';
import { haproxyCpuSeconds } from './haproxy-processes.ts';

/** HAProxy spreads the first checks over their interval of 10 s. */
const settleMs = 30_000;
const measuredMs = 20_000;

const address = { h1: '127.8.3.1', h2: '127.8.3.2', h3: '127.8.3.3' };

/** `sites` shared ones, and as many that are on one host each, in turns. */
export async function benchEdgeChecks(sites: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const backend = await startCountingBackend();
  stack.defer(backend.close);
  const edges = await startHosts(stack);
  await announceSites(edges, sites, backend.port);
  for (const edge of edges) await startEdge(edge, [`shared${sites - 1}.test`, `own${sites - 1}.test`]);
  for (const edge of edges)
    await waitFor('the other hosts to be there', async () => {
      const up = (await statOf(edge, '-1 4 -1')).match(/^hop:h\d,h\d,.*,UP,/gm) ?? [];
      return up.length === edges.length - 1;
    });
  await pause(settleMs);
  const before = await readCounts(edges, backend.checks);
  await pause(measuredMs);
  const after = await readCounts(edges, backend.checks);
  const perHost = (of: keyof typeof before) =>
    (((after[of] - before[of]) / measuredMs) * 1000) / edges.length;
  printFigure(`three hosts, ${sites} shared sites, ${sites} on one host`, '');
  printFigure('  checks of sites, without TLS, by each host', `${perHost('checks').toFixed(0)} a second`);
  printFigure('  checks between hosts, by TLS, by each host', `${perHost('hops').toFixed(1)} a second`);
  printFigure('  idle CPU of HAProxy on each host', `${(perHost('cpu') * 100).toFixed(1)} % of a core`);
}

async function announceSites(edges: readonly TestEdge[], sites: number, port: number): Promise<void> {
  for (let first = 0; first < sites; first += 100) {
    const some = Array.from({ length: Math.min(100, sites - first) }, (_, index) => first + index);
    const announce = (index: number) => [
      ...edges.map((edge) => edge.announce(`shared${index}.test`, port)),
      edges[index % edges.length]?.announce(`own${index}.test`, port),
    ];
    await waitFor('etcd to take the records', () => Promise.all(some.flatMap(announce)));
  }
}

async function readCounts(edges: readonly TestEdge[], checks: () => number) {
  const counts = { checks: checks(), hops: 0, cpu: 0 };
  for (const edge of edges) {
    counts.hops += await hopRequests(edge);
    counts.cpu += await haproxyCpuSeconds(edge.folder);
  }
  return counts;
}

async function startHosts(stack: AsyncDisposableStack): Promise<TestEdge[]> {
  const keys = stack.use(await makeHopKeys(address));
  const hopPort = await freePort();
  const edges: TestEdge[] = [];
  for (const [host, ip] of Object.entries(address)) {
    const etcdServer = edges[0]?.etcdServer;
    const edge = await createTestEdge({ host, ip, hopPort, ...(etcdServer && { etcdServer }) });
    edges.push(stack.use(edge));
    await keys.install(host, edge.folder);
  }
  return edges;
}

async function startEdge(edge: TestEdge, names: readonly string[]): Promise<void> {
  edge.confd();
  await waitFor('the first configuration', () => readFile(join(edge.folder, 'hosts.map')));
  await edge.haproxy.start();
  for (const name of names)
    await waitFor(`${name} to be known`, async () => (await edge.get(name)).status !== 404);
}

/** Requests at the frontend for other hosts: without visitors, these are their checks. */
async function hopRequests(edge: TestEdge): Promise<number> {
  const table = await statOf(edge, 'hop 1 -1');
  const [titles = [], values = []] = table.split('\n').map((line) => line.split(','));
  return Number(values[titles.indexOf('req_tot')]);
}

/** HAProxy's statistics; `which` as in its management manual, section 9.3, `show stat`. */
function statOf({ env }: TestEdge, which: string): Promise<string> {
  const socket = join(env.FREEHOLD_HAPROXY_SOCKETS ?? '', 'admin.sock');
  return askSocket(socket, `show stat ${which}`, { who: 'HAProxy', withinMs: 60_000 });
}

async function startCountingBackend() {
  let checks = 0;
  const server = createServer((question, answer) => {
    if (question.headers['user-agent'] === 'haproxy-check') checks += 1;
    answer.end('ok');
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    checks: () => checks,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
