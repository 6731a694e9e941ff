// The whole way with a real CA, a real HAProxy and a real haproxy-confd.
import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestEdge, startBackend, thisBoot } from '@freehold/confd/test-edge';
import { waitFor } from '@freehold/testing/wait-for';
import { createTestHost } from './host-under-test.ts';

test('HAProxy answers the CA for running, stopped and secured sites, without a reload', async () => {
  await using edge = await createTestEdge();
  const { folder, httpPort } = edge;
  await using host = await createTestHost({
    edge: { folder, httpPort, sockets: edge.env.FREEHOLD_HAPROXY_SOCKETS ?? '' },
  });
  await using site = await startBackend('a.test');
  await edge.announce('a.test', site.port);
  await edge.etcd.put('/services/static/stopped.test/h1', JSON.stringify({ boot: thisBoot }));
  const confd = edge.confd();
  const written = () => access(join(folder, 'hosts.map')).then(() => true);
  await waitFor('the first configuration', written);
  await edge.haproxy.start();
  for (const domain of ['a.test', 'stopped.test']) {
    await host.addSite(domain);
    await waitFor('confd to know it', async () => (await edge.get(domain)).status !== 404);
  }
  const first = await host.run(['--all']);
  assert.equal(first.code, 0, first.output);
  for (const domain of ['a.test', 'stopped.test']) {
    // What import does on a host.
    await writeFile(join(folder, 'approved-certs', `${domain}.pem`), await host.certificate(domain));
    await waitFor('the redirect to https', async () => (await edge.get(domain)).status === 301);
  }
  // The challenge is answered ahead of the redirect.
  const rehearsal = await host.run(['--check', 'a.test']);
  assert.equal(rehearsal.code, 0, rehearsal.output + confd.output());
});
