// The time from the put of a site's record until it is served, among many other sites.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestEdge, type TestEdge, thisBoot, thisHost } from '@freehold/confd/test-edge';
import { type Child, startChild } from '@freehold/testing/child';
import { waitFor } from '@freehold/testing/wait-for';
import { milliseconds, printFigure } from './figures.ts';

const rounds = 15;

export interface LoadedEdge extends AsyncDisposable {
  readonly edge: TestEdge;
  readonly port: number;
}

/** An edge that serves this many sites, named `s0.test` and so on, all from one backend. */
export async function startLoadedEdge(sites: number): Promise<LoadedEdge> {
  const edge = await createTestEdge();
  const backend = startChild(process.execPath, [join(import.meta.dirname, 'backend.ts')]);
  const port = Number(await waitFor('the backend', () => backend.output().trim() || undefined));
  for (let first = 0; first < sites; first += 500) {
    const some = Array.from({ length: Math.min(500, sites - first) }, (_, index) => `s${first + index}.test`);
    await Promise.all(some.map((name) => edge.announce(name, port)));
  }
  const confd = edge.confd();
  await waitFor('the first configuration', () => readFile(join(edge.folder, 'hosts.map')), {
    withinMs: 60_000,
  });
  await edge.haproxy.start();
  await untilServed(edge, `s${sites - 1}.test`);
  return { edge, port, [Symbol.asyncDispose]: () => stopAll(edge, [confd, backend]) };
}

async function stopAll(edge: TestEdge, children: Child[]): Promise<void> {
  for (const child of children) await child.stop('SIGKILL');
  await edge[Symbol.asyncDispose]();
}

async function untilServed(edge: TestEdge, name: string): Promise<void> {
  await waitFor(`${name} to be served`, async () => (await edge.get(name)).status === 200, {
    withinMs: 60_000,
    everyMs: 1,
  });
}

/** Measures a new site, and a known one that gets its address back. */
export async function benchPutToServed(sites: number, aim: string): Promise<void> {
  await using loaded = await startLoadedEdge(sites);
  const { edge, port } = loaded;
  const added: number[] = [];
  const returned: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const name = `new${round}.test`;
    added.push(await timeUntilServed(edge, name, port));
    await edge.etcd.put(`/services/static/${name}/${thisHost}`, JSON.stringify({ boot: thisBoot }));
    await waitFor('it to be stopped', async () => (await edge.get(name)).status === 503);
    returned.push(await timeUntilServed(edge, name, port));
  }
  printFigure(`put to served, a new site among ${sites}`, milliseconds(added), aim);
  printFigure(`put to served, a known site comes back among ${sites}`, milliseconds(returned), aim);
}

async function timeUntilServed(edge: TestEdge, name: string, port: number): Promise<number> {
  const start = performance.now();
  await edge.announce(name, port);
  await untilServed(edge, name);
  return performance.now() - start;
}
