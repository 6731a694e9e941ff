// 50 renewals with a real CA, a real HAProxy and a real haproxy-confd, while visitors come and one has a websocket open.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestEdge, startBackend, type TestEdge } from '@freehold/confd/test-edge';
import { askSocket } from '@freehold/core/ask-socket';
import { sleep } from '@freehold/core/backoff';
import { waitFor } from '@freehold/testing/wait-for';
import { adviseNow } from './due-certificate.ts';
import { createTestHost, type TestHost } from './host-under-test.ts';
import { fingerprintOf, leafOf } from './site-facts.ts';

const domains = Array.from({ length: 50 }, (_, index) => `s${index}.example${index}.test`);
const open = 'socket.test';

test('50 certificates are renewed under load: nothing fails, and HAProxy does not reload', async (context) => {
  await using edge = await createTestEdge();
  const sockets = edge.env.FREEHOLD_HAPROXY_SOCKETS ?? '';
  await using host = await createTestHost({
    edge: { folder: edge.folder, httpPort: edge.httpPort, sockets },
  });
  await using backend = await startBackend('*');
  for (const domain of [...domains, open]) await edge.announce(domain, backend.port);
  edge.confd();
  await waitFor('the first configuration', () => access(join(edge.folder, 'hosts.map')).then(() => true));
  await edge.haproxy.start();
  for (const domain of domains) await host.addSite(domain);
  assert.equal((await host.run(['--all'])).code, 0);
  const first = await handOver(edge, host);
  const info = () =>
    askSocket(join(sockets, 'admin.sock'), 'show info', { who: 'HAProxy', withinMs: 60_000 });
  const worker = async () => /^Pid: (\d+)$/m.exec(await info())?.[1];
  const [before, socket] = [await worker(), await openSocket(edge)];
  for (const [index, domain] of domains.entries()) await adviseNow(host, domain, first[index] ?? '');
  const abort = new AbortController();
  const visits = visit(edge, abort.signal);
  const run = await host.run(['--all']);
  assert.equal(run.code, 0, run.output);
  assert.equal(run.output.match(/has a new certificate/g)?.length, 50);
  const second = await handOver(edge, host);
  abort.abort();
  const { count, failures } = await visits;
  context.diagnostic(`${count} visits while 50 certificates were renewed`);
  assert.deepEqual(failures, []);
  assert.ok(count > 100);
  assert.equal(second.filter((fingerprint, index) => fingerprint !== first[index]).length, 50);
  assert.equal(await worker(), before, 'it is the same worker');
  socket.write('still there?');
  assert.equal(String((await once(socket, 'data'))[0]), 'still there?');
  socket.destroy();
});

/** What import does on a host; gives their fingerprints when each is shown. */
async function handOver(edge: TestEdge, host: TestHost): Promise<string[]> {
  const prints: string[] = [];
  for (const domain of domains) {
    const pem = await host.certificate(domain);
    await writeFile(join(edge.folder, 'approved-certs', `${domain}.pem`), pem);
    prints.push(fingerprintOf(leafOf(pem)));
  }
  for (const [index, domain] of domains.entries()) {
    const isShown = async () => (await visitOnce(edge, domain)).fingerprint === prints[index];
    await waitFor(`the certificate of ${domain} to be shown`, isShown);
  }
  return prints;
}

async function openSocket(edge: TestEdge) {
  const socket = connectTcp(edge.httpPort, '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nHost: ${open}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 101/);
  return socket;
}

/** One visit after the other, each by a new connection. */
async function visit(edge: TestEdge, signal: AbortSignal) {
  const failures: string[] = [];
  let count = 0;
  for (; !signal.aborted; count++) {
    const domain = domains[count % domains.length] ?? '';
    const found = await visitOnce(edge, domain).catch((error) => ({ status: String(error) }));
    if (found.status !== 200) failures.push(`${domain}: ${found.status}`);
    await sleep(5, signal);
  }
  return { count, failures };
}

async function visitOnce(edge: TestEdge, domain: string): Promise<{ status: number; fingerprint: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; fingerprint: string }>();
  const call = request({
    ...{ host: '127.0.0.1', port: edge.httpsPort, servername: domain, headers: { host: domain } },
    ...{ rejectUnauthorized: false, agent: false },
  });
  call.on('error', reject).on('response', (answer) => {
    const { socket } = answer as unknown as { socket: import('node:tls').TLSSocket };
    const fingerprint = socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase() ?? '';
    answer.resume().on('end', () => resolve({ status: answer.statusCode ?? 0, fingerprint }));
  });
  call.end();
  return promise;
}
