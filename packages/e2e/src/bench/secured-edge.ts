// An edge whose sites all have a certificate: real etcd, real HAProxy, confd as a separate process.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { type Agent, request } from 'node:https';
import { join } from 'node:path';
import { createTestEdge, startBackend, type TestEdge, thisBoot, thisHost } from '@freehold/confd/test-edge';
import { makeCertificate } from '@freehold/testing/certificate';
import type { Child } from '@freehold/testing/child';
import { waitFor } from '@freehold/testing/wait-for';

/**
 * One wildcard covers all sites, so that 10,000 certificates need not be created; each site has a separate
 * file.
 */
const zone = 'bench.test';

export interface SecuredEdge extends AsyncDisposable {
  readonly edge: TestEdge;
  readonly confd: Child;
  /** The ports of two backends, whose answers are `{"status": 200}` and a status of 201. */
  readonly ports: readonly [number, number];
  /** From the start of confd to the first configuration, in milliseconds. */
  readonly startMs: number;
  /** Gives a site a new certificate, as acme does, by renaming. Returns its fingerprint (SHA-256). */
  secure(name: string): Promise<string>;
}

export const siteName = (index: number) => `s${index}.${zone}`;

export async function startSecuredEdge(sites: number): Promise<SecuredEdge> {
  const edge = await createTestEdge();
  const backends = [await startBackend('*', 200), await startBackend('*', 201)] as const;
  const ports = [backends[0].port, backends[1].port] as const;
  const made = await Promise.all([1, 2].map(() => makeCertificate([`*.${zone}`])));
  let turn = 0;
  const secure = async (name: string) => {
    const { certificate, key } = made[turn++ % made.length] ?? { certificate: '', key: '' };
    const staged = join(edge.folder, `${name}.staged`);
    await writeFile(staged, certificate + key);
    await rename(staged, join(edge.folder, 'approved-certs', `${name}.pem`));
    return bodyOf(certificate);
  };
  await mkdir(join(edge.folder, 'approved-certs'), { recursive: true });
  for (let first = 0; first < sites; first += 500) {
    const some = Array.from({ length: Math.min(500, sites - first) }, (_, index) => siteName(first + index));
    await Promise.all(some.map(secure));
    // A machine that is busy with the files may answer too late for a call to etcd.
    await waitFor('etcd to take the records', () =>
      Promise.all(some.map((name) => edge.announce(name, ports[0]))),
    );
  }
  edge.env.NODE_OPTIONS = `--import=${join(import.meta.dirname, 'event-loop-delay.ts')}`;
  const begun = performance.now();
  const confd = edge.confd();
  await waitFor('the first configuration', () => readFile(join(edge.folder, 'hosts.map')));
  const startMs = performance.now() - begun;
  await edge.haproxy.start();
  await waitFor('confd to have found it', () => confd.output().includes('HAProxy answers again'));
  await waitFor('the last site', async () => (await fetchSecured(edge, siteName(sites - 1))).status === 200);
  return {
    ...{ edge, confd, ports, startMs, secure },
    async [Symbol.asyncDispose]() {
      await edge[Symbol.asyncDispose]();
      for (const backend of backends) await backend[Symbol.asyncDispose]();
    },
  };
}

/** A visitor's result over https: the status, and the certificate that was presented (base64). */
export function fetchSecured(
  edge: TestEdge,
  host: string,
  agent?: Agent,
): Promise<{ status: number; certificate: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; certificate: string }>();
  const options = { host: '127.0.0.1', port: edge.httpsPort, servername: host, headers: { host } };
  const call = request(
    { ...options, agent: agent ?? false, rejectUnauthorized: false, timeout: 10_000 },
    (answer) => {
      const socket = answer.socket as import('node:tls').TLSSocket;
      const certificate = socket.getPeerCertificate().raw?.toString('base64') ?? '';
      answer.resume().on('end', () => resolve({ status: answer.statusCode ?? 0, certificate }));
    },
  );
  call.on('error', reject);
  call.on('timeout', () => call.destroy(new Error('no answer within 10 s')));
  call.end();
  return promise;
}

export function recordKey(name: string): string {
  return `/services/static/${name}/${thisHost}`;
}

export function recordValue(port: number): string {
  return JSON.stringify({ ip: '127.0.0.1', port, boot: thisBoot });
}

function bodyOf(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '');
}
