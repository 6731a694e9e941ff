// Many renewals and new sites under load, with an open websocket: failed requests, workers of HAProxy,
// memory.
import { once } from 'node:events';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { askSocket } from '@freehold/core/ask-socket';
import { waitFor } from '@freehold/testing/wait-for';
import { printFigure } from './figures.ts';
import { haproxyMemory } from './haproxy-processes.ts';
import {
  fetchSecured,
  recordKey,
  recordValue,
  type SecuredEdge,
  siteName,
  startSecuredEdge,
} from './secured-edge.ts';

/** Makes `changes` renewals and as many new sites, spread over `seconds`, among this many sites. */
export async function benchEdgeStorm(options: { sites: number; changes: number; seconds: number }) {
  const { sites, changes, seconds } = options;
  await using secured = await startSecuredEdge(sites);
  const { edge, ports, secure } = secured;
  const websocket = await openWebsocket(secured, siteName(0));
  const abort = new AbortController();
  const visits = [visit(secured, true, abort.signal), visit(secured, false, abort.signal)];
  const sampled = sampleWorkers(secured, abort.signal);
  for (let change = 0; change < changes; change++) {
    await secure(siteName(1 + (change % (sites - 1))));
    await secure(`storm${change}.bench.test`);
    await edge.etcd.put(recordKey(`storm${change}.bench.test`), recordValue(ports[0]));
    await pause((seconds * 1000) / changes);
  }
  const last = `storm${changes - 1}.bench.test`;
  await waitFor('the last new site', async () => (await fetchSecured(edge, last)).status === 200);
  abort.abort();
  const done = await Promise.all(visits);
  const [count, failed] = [0, 1].map((index) => done.reduce((sum, one) => sum + (one[index] ?? 0), 0));
  const { workers, kiB } = await sampled;
  websocket.write('still there?');
  const [echo] = await Promise.race([once(websocket, 'data'), once(websocket, 'close')]);
  printFigure(
    `${changes} renewals and ${changes} new sites in ${seconds} s: requests that failed`,
    `${failed} of ${count}`,
    '0',
  );
  printFigure('  websocket at the end', String(echo) === 'still there?' ? 'open' : 'closed', 'open');
  printFigure('  workers of HAProxy at most', String(workers), '3');
  printFigure('  memory of HAProxy at most (PSS)', `${Math.round(kiB / 1024)} MB`);
  websocket.destroy();
}

/** One visitor after the other; counts requests and those that failed. */
async function visit({ edge }: SecuredEdge, keepAlive: boolean, signal: AbortSignal) {
  const agent = keepAlive ? new Agent({ keepAlive, maxSockets: 1 }) : undefined;
  let [count, failed] = [0, 0];
  while (!signal.aborted) {
    count += 1;
    const { status } = await fetchSecured(edge, siteName(0), agent).catch(() => ({ status: 0 }));
    if (status !== 200) failed += 1;
    await pause(5);
  }
  agent?.destroy();
  return [count, failed] as const;
}

async function openWebsocket({ edge }: SecuredEdge, host: string): Promise<TLSSocket> {
  const socket = connect({
    ...{ host: '127.0.0.1', port: edge.httpsPort, servername: host },
    ...{ rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
  });
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
  const [head] = await once(socket, 'data');
  if (!String(head).startsWith('HTTP/1.1 101')) throw new Error(`there is no websocket: ${head}`);
  return socket;
}

/** The maximum number of workers at a time, and the maximum memory of all of HAProxy's processes, in KiB. */
async function sampleWorkers({ edge }: SecuredEdge, signal: AbortSignal) {
  const master = join(edge.env.FREEHOLD_HAPROXY_SOCKETS ?? '', 'master.sock');
  let [workers, kiB] = [0, 0];
  while (!signal.aborted) {
    const shown = await askSocket(master, 'show proc;quit', { who: 'HAProxy', withinMs: 10_000 }).catch(
      () => '',
    );
    workers = Math.max(workers, shown.match(/^\d+\s+worker\s/gm)?.length ?? 0);
    kiB = Math.max(kiB, await haproxyMemory(edge.folder));
    await pause(500);
  }
  return { workers, kiB };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
