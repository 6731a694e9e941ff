import assert from 'node:assert/strict';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { askSocket } from '@freehold/core/ask-socket';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { thumbprintMap } from './acme-challenge.ts';
import { createTestEdge, startBackend, thisBoot } from './test-edge.ts';

const token = 'k3Yv-_0123456789abcdefghij';
const path = `/.well-known/acme-challenge/${token}`;

async function edgeWithSites(thumbprint?: string) {
  const edge = await createTestEdge();
  const site = await startBackend('a.test');
  await edge.announce('a.test', site.port);
  await edge.etcd.put('/services/static/stopped.test/h1', JSON.stringify({ boot: thisBoot }));
  const { certificate, key } = await issueCertificate({
    commonName: 'secured.test',
    extensions: ['subjectAltName=DNS:secured.test'],
  });
  await writeFile(join(edge.folder, 'approved-certs/secured.test.pem'), certificate + key);
  await edge.announce('secured.test', site.port);
  const map = thumbprintMap(edge.folder);
  await mkdir(dirname(map));
  if (thumbprint) await writeFile(map, `thumbprint ${thumbprint}\n`);
  edge.confd();
  const written = () => access(join(edge.folder, 'hosts.map')).then(() => true);
  await waitFor('the first configuration', written);
  await edge.haproxy.start();
  const ready = async () =>
    (await edge.get('a.test')).status === 200 && (await edge.get('secured.test')).status === 301;
  await waitFor('the site to be served', ready);
  return {
    edge,
    map,
    async [Symbol.asyncDispose]() {
      await edge[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

test('HAProxy answers a CA with the thumbprint for any name, regardless of the state of its site', async () => {
  await using prepared = await edgeWithSites('AbC-_123');
  const { get } = prepared.edge;
  for (const name of ['a.test', 'www.a.test', 'stopped.test', 'secured.test', 'unknown.test']) {
    const { status, body, headers } = await get(name, {}, { url: path });
    assert.deepEqual([status, body, headers['content-type']], [200, `${token}.AbC-_123`, 'text/plain'], name);
  }
  assert.equal((await get('a.test', {}, { url: path, method: 'HEAD' })).status, 200);
  assert.equal((await get('secured.test')).status, 301);
});

test('a path that is not a token reaches the site like any other request', async () => {
  await using prepared = await edgeWithSites('AbC-_123');
  const { get } = prepared.edge;
  const folder = '/.well-known/acme-challenge';
  const others = [
    `${folder}/`,
    `${folder}/tooshort`,
    `${folder}/${'x'.repeat(129)}`,
    `${path}=`,
    `${path}/${token}`,
    `${folder}/%61${token}`,
    `/sub${path}`,
  ];
  for (const url of others) {
    assert.match((await get('a.test', {}, { url })).body, /"domain":"a\.test"/, url);
  }
  assert.match((await get('a.test', {}, { url: path, method: 'POST' })).body, /"domain":"a\.test"/);
});

test('without a thumbprint a site answers challenges itself, until the running HAProxy receives one', async () => {
  await using prepared = await edgeWithSites();
  const { edge, map } = prepared;
  assert.match((await edge.get('a.test', {}, { url: path })).body, /"domain":"a\.test"/);
  const socket = join(edge.env.FREEHOLD_HAPROXY_SOCKETS ?? '', 'admin.sock');
  const tell = (line: string) => askSocket(socket, line, { who: 'HAProxy', withinMs: 10_000 });
  await tell(`add map ${map} thumbprint First`);
  assert.equal((await edge.get('a.test', {}, { url: path })).body, `${token}.First`);
  await tell(`set map ${map} thumbprint Second`);
  assert.equal((await edge.get('stopped.test', {}, { url: path })).body, `${token}.Second`);
});
