import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { freePort } from '@freehold/testing/free-port';
import { probeAddress } from './probe-address.ts';

const [token, thumbprint] = ['t'.repeat(43), 'own'];

/** What is found where a server answers so. */
async function found(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    return await probe(port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const probe = (port: number) =>
  probeAddress({
    ...{ name: 'a.test', address: '127.0.0.1', port, token, thumbprint },
    signal: new AbortController().signal,
  });

test('the answer for this account is found, asked for by the name at the address', async () => {
  const asked: string[] = [];
  const answer = await found((request, response) => {
    asked.push(`${request.headers.host?.split(':')[0]}${request.url}`);
    response.end(`${token}.${thumbprint}\n`);
  });
  assert.deepEqual(answer, { kind: 'ours' });
  assert.deepEqual(asked, [`a.test/.well-known/acme-challenge/${token}`]);
});

test('a proxy in front that redirects to the same name is followed, at the same address', async () => {
  const answer = await found((request, response) => {
    if (request.url?.startsWith('/.well-known')) response.writeHead(301, { location: '/moved' }).end();
    else response.end(`${token}.${thumbprint}`);
  });
  assert.deepEqual(answer, { kind: 'ours' });
});

test('another server is told by what it answers', async () => {
  const answers: Record<string, RequestListener> = {
    'answers 404': (_, response) => response.writeHead(404).end(),
    'answers for another account': (_, response) => response.end(`${token}.other`),
    'answers 200': (_, response) => response.end('<html>'),
    'redirects to b.test': (_, response) => response.writeHead(302, { location: 'http://b.test/' }).end(),
    'redirects without end': (_, response) => response.writeHead(302, { location: '/again' }).end(),
  };
  for (const [what, listener] of Object.entries(answers))
    assert.deepEqual(await found(listener), { kind: 'other', what });
});

test('an address where nobody listens gives no answer, with the reason', async () => {
  const answer = await probe(await freePort());
  assert.equal(answer.kind, 'none');
  assert.match('why' in answer ? answer.why : '', /ECONNREFUSED/);
});
