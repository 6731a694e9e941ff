// For the tests: a reconciler in this process, with a real HAProxy.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf } from '@freehold/core/certificate-folder';
import { parseDomain } from '@freehold/core/domain';
import { createLog } from '@freehold/core/log';
import { makeCertificate } from '@freehold/testing/certificate';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import type { Desired, Layout } from './desired.ts';
import { haproxyAt } from './haproxy-socket.ts';
import { createReconciler, type Outcome } from './reconcile.ts';
import { renderFiles } from './render.ts';
import type { Site, Sites } from './site.ts';
import { reloadByOperator, type TestEdge } from './test-edge.ts';

export const site = (name: string, port: number, certificate?: Site['certificate']): Site => ({
  domain: parseDomain(name),
  backends: [{ host: 'h1', address: { ip: '127.0.0.1', port } }],
  certificate,
});

/** A site whose start takes a reload. */
export const two = (name: string): Site => ({
  domain: parseDomain(name),
  backends: ['h1', 'h2'].map((host) => ({ host, address: { ip: '127.0.0.1', port: 1 } })),
});

export const desire = (...sites: Site[]) => ({
  sites: new Map(sites.map((one) => [one.domain, one])) as Sites,
  complete: true,
});

function layoutOf(edge: TestEdge): Layout {
  const { folder, env, httpPort, httpsPort } = edge;
  const [sockets, pages] = [env.FREEHOLD_HAPROXY_SOCKETS ?? '', env.FREEHOLD_PAGES_DIR ?? ''];
  return { folder, sockets, pages, httpPort, httpsPort, ipv6: true };
}

/** The master closes its socket for a moment after a reload. */
export async function onceThere(work: () => Promise<Outcome>): Promise<Outcome> {
  let outcome: Outcome = 'waiting';
  await waitFor('HAProxy to be there', async () => {
    outcome = await work();
    return outcome !== 'waiting';
  });
  return outcome;
}

/** HAProxy tells the second in which a worker has started. */
export async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await waitFor('the next second', () => Math.floor(Date.now() / 1000) > second);
}

/** A reconciler with HAProxy running on a first, empty configuration, and a count of its reloads. */
export async function startReconciler(edge: TestEdge, reloadIntervalMs = 0) {
  const layout = layoutOf(edge);
  for (const [path, text] of renderFiles(desire(), layout)) await writeFile(path, text);
  await edge.haproxy.start();
  const recorded = recordingStream();
  const haproxy = haproxyAt(layout.sockets);
  // Its worker answers before its master does.
  await waitFor('the master', () => haproxy.isThere());
  const counted = { reloads: 0, areLost: false };
  const counting = {
    ...haproxy,
    reload: async () => {
      counted.reloads++;
      await waitFor('the master', () => haproxy.isThere());
      const answer = await haproxy.reload();
      return counted.areLost ? { kind: 'absent' as const, reason: 'no answer' } : answer;
    },
  };
  const { reconcile, againMs, writeDown } = createReconciler({
    ...{ layout, haproxy: counting, log: createLog(recorded), reloadIntervalMs },
  });
  /** An operator's reload: each site gets a backend of its own. */
  const tidyUp = async () => {
    await writeDown();
    await nextSecond();
    await reloadByOperator(edge);
  };
  return { reconcile, againMs, writeDown, tidyUp, lines: recorded.lines, counted, haproxy, layout };
}

/** A certificate in `approved-certs`, valid or not. */
export async function approve({ folder }: TestEdge, name: string, text?: string) {
  const path = join(folder, 'approved-certs', `${name}.pem`);
  const pem = text ?? (await makePem(name));
  await writeFile(path, pem);
  return { path, fingerprint: fingerprintOf(pem), names: [parseDomain(name)] };
}

/** A default certificate, valid or not. */
export async function writeDefault({ folder }: TestEdge, text?: string) {
  const path = join(folder, 'default.pem');
  const pem = text ?? (await makePem('default.test'));
  await writeFile(path, pem);
  return { path, fingerprint: fingerprintOf(pem) };
}

async function makePem(name: string): Promise<string> {
  const { certificate, key } = await makeCertificate([name]);
  return certificate + key;
}

/** Has HAProxy reloaded as often as it may be at once; gives the sites that these reloads were for. */
export async function useUpReloads(
  reconcile: (desired: Desired) => Promise<Outcome>,
  ...sites: readonly Site[]
): Promise<Site[]> {
  const others: Site[] = [];
  for (const name of ['reload1.test', 'reload2.test', 'reload3.test']) {
    others.push(two(name));
    await onceThere(() => reconcile(desire(...sites, ...others)));
  }
  return others;
}
