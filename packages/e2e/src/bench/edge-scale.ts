// The cost of a change if every site has a certificate: time from etcd or from the file to the visitor, and
// confd's CPU.
import { Agent } from 'node:https';
import { join } from 'node:path';
import { thisHost, workerOf } from '@freehold/confd/test-edge';
import { askSocket } from '@freehold/core/ask-socket';
import { waitFor } from '@freehold/testing/wait-for';
import { median90, printFigure, quantile } from './figures.ts';
import { cpuSecondsOf } from './haproxy-processes.ts';
import { benchOtherConfd } from './other-confd.ts';
import {
  fetchSecured,
  recordKey,
  recordValue,
  type SecuredEdge,
  siteName,
  startSecuredEdge,
} from './secured-edge.ts';

const rounds = 30;

/** Written once for each lease. */
const aliveKey = `/hosts/${thisHost}`;

/** Prints the figures for each number of sites, and how confd's work for a change grows with it. */
export async function benchEdgeScales(all: readonly number[]): Promise<void> {
  const cpu: number[] = [];
  for (const sites of all)
    cpu.push(await benchEdgeScale(sites, { announced: sites > 5000 ? 15 : 10, secured: 50 }));
  const [first = 0, last = 0] = [cpu[0], cpu.at(-1)];
  printFigure(`CPU of confd for a change, ${all.at(-1)} sites to ${all[0]}`, (last / first).toFixed(1), '2');
}

/** `announced` and `secured` are the aims, in milliseconds. Gives the CPU seconds of confd for a changed address. */
async function benchEdgeScale(sites: number, aims: { announced: number; secured: number }): Promise<number> {
  await using secured = await startSecuredEdge(sites);
  const of = `among ${sites} with certificates`;
  printFigure(`confd start to its first configuration ${of}`, `${Math.round(secured.startMs)} ms`);
  const { revision } = await secured.edge.etcd.read(aliveKey);
  await pause(1000);
  const blocks = [...secured.confd.output().matchAll(/longest block (\d+) ms/g)].map(([, ms]) => Number(ms));
  printFigure('  longest block of its event loop', `${Math.max(0, ...blocks)} ms`);
  const bare = await repeat(() => bareRoundTrip(secured));
  printFigure('bare round trip: etcd event, then a command', median90(bare));
  await pause(4000);
  const cpu = await cpuSecondsOf(secured.confd.process.pid);
  const moved = await repeat((round) => moveSite(secured, siteName(round), round));
  const spent = ((await cpuSecondsOf(secured.confd.process.pid)) - cpu) / rounds;
  printFigure(`put to served, address change ${of}`, median90(moved), `${aims.announced} ms`);
  printFigure('  compared with the bare round trip', ratio(moved, bare));
  printFigure('  CPU of confd for each', `${(spent * 1000).toFixed(1)} ms`);
  await benchOtherConfd(sites);
  const worker = await workerOf(secured.edge);
  const renewed = await repeat((round) => renewSite(secured, siteName(round)));
  printFigure(`certificate replaced to shown ${of}`, median90(renewed), `${aims.secured} ms`);
  const added = await repeat((round) => addSite(secured, `new${round}.bench.test`));
  printFigure(`new site with certificate to served ${of}`, median90(added), `${aims.secured} ms`);
  const same = worker === (await workerOf(secured.edge));
  const kept = (await secured.edge.etcd.read(aliveKey)).revision === revision && revision > 0n;
  printFigure('  lease of the host kept all the time', kept ? 'yes' : 'no');
  printFigure('  by the same worker of HAProxy', same ? 'yes' : 'no');
  return spent;
}

async function repeat(measure: (round: number) => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await measure(round));
  return times;
}

/** A put, its event, and one command to HAProxy's worker: nothing that follows etcd can be faster. */
async function bareRoundTrip({ edge }: SecuredEdge): Promise<number> {
  const { revision } = await edge.etcd.list('/bench/');
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const watching = edge.etcd.watch({
    ...{ prefix: '/bench/', revision: revision + 1n, signal: abort.signal },
    onChanges: () => resolve(),
  });
  await pause(50);
  const begun = performance.now();
  await edge.etcd.put('/bench/key', 'value');
  await promise;
  const socket = join(edge.env.FREEHOLD_HAPROXY_SOCKETS ?? '', 'admin.sock');
  await askSocket(socket, 'show version', { who: 'HAProxy', withinMs: 10_000 });
  const took = performance.now() - begun;
  abort.abort();
  await watching;
  return took;
}

/** The site moves to the other backend; asked over one connection that stays. */
async function moveSite({ edge, ports }: SecuredEdge, name: string, round: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const before = (await fetchSecured(edge, name, agent)).status;
  const [port, status] = before === 200 ? [ports[1], 201] : [ports[0], 200];
  await pause(100 + round);
  const begun = performance.now();
  await edge.etcd.put(recordKey(name), recordValue(port));
  await until(name, async () => (await fetchSecured(edge, name, agent)).status === status);
  agent.destroy();
  return performance.now() - begun;
}

async function renewSite({ edge, secure }: SecuredEdge, name: string): Promise<number> {
  const before = (await fetchSecured(edge, name)).certificate;
  await pause(100);
  let begun = performance.now();
  let wanted = await secure(name);
  if (wanted === before) {
    begun = performance.now();
    wanted = await secure(name);
  }
  await until(name, async () => (await fetchSecured(edge, name)).certificate === wanted);
  return performance.now() - begun;
}

async function addSite({ edge, ports, secure }: SecuredEdge, name: string): Promise<number> {
  await pause(100);
  const begun = performance.now();
  const wanted = await secure(name);
  await edge.etcd.put(recordKey(name), recordValue(ports[0]));
  await until(name, async () => {
    const { status, certificate } = await fetchSecured(edge, name);
    return status === 200 && certificate === wanted;
  });
  return performance.now() - begun;
}

function ratio(one: readonly number[], other: readonly number[]): string {
  return (quantile(one, 0.5) / quantile(other, 0.5)).toFixed(1);
}

const until = (name: string, probe: () => Promise<boolean>) =>
  waitFor(`${name} to be served`, probe, { everyMs: 1 });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
