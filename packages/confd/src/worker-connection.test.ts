import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { haproxyAt } from './haproxy-socket.ts';
import { linesOf } from './live-certificate.ts';
import { renderFiles } from './render.ts';
import { createTestEdge, type TestEdge } from './test-edge.ts';

/** HAProxy on an empty configuration, with the path of its hosts.map. */
async function start(edge: TestEdge) {
  const { folder, env, httpPort, httpsPort } = edge;
  const [sockets, pages] = [env.FREEHOLD_HAPROXY_SOCKETS ?? '', env.FREEHOLD_PAGES_DIR ?? ''];
  const layout = { folder, sockets, pages, httpPort, httpsPort, ipv6: true };
  for (const [path, text] of renderFiles({ sites: new Map(), complete: true }, layout))
    await writeFile(path, text);
  await edge.haproxy.start();
  const haproxy = haproxyAt(sockets);
  await waitFor('the master', () => haproxy.isThere());
  return { haproxy, map: join(folder, 'hosts.map') };
}

test('each command of one connection has its own answer, however many there are', async () => {
  await using edge = await createTestEdge();
  const { haproxy, map } = await start(edge);
  const connection = await haproxy.connect();
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}.test`);
  const added = await connection.ask(names.map((name) => `add map ${map} ${name} fallback`));
  assert.deepEqual(new Set(added.map((answer) => answer.trim())), new Set(['']));
  assert.equal(added.length, names.length);
  const found = await connection.ask(names.map((name) => `get map ${map} ${name}`));
  assert.ok(found.every((answer, index) => answer.includes(`key="n${index}.test"`)));
  const [missing, states] = await connection.ask([
    `del map ${map} nobody.test`,
    'show servers state spare-1',
  ]);
  assert.match(missing ?? '', /^Key not found/);
  assert.match(states ?? '', /^\d+ spare-1 \d+ site /m);
  connection.close();
});

test('payload lines belong to the last of several commands, and the answers do not contain their marks', async () => {
  await using edge = await createTestEdge();
  const { haproxy } = await start(edge);
  const { certificate, key } = await makeCertificate(['a.test']);
  const connection = await haproxy.connect();
  const commands = ['new ssl cert /a.pem', 'set ssl cert /a.pem'];
  const [made, set] = await connection.ask(commands, linesOf(certificate + key));
  assert.match(made ?? '', /^New empty certificate store/);
  assert.match(set ?? '', /^Transaction created/);
  connection.close();
});

test('a connection stays with its worker after a reload, and ends with it', async () => {
  await using edge = await createTestEdge();
  const { haproxy, map } = await start(edge);
  const old = await haproxy.connect();
  await old.ask([`add map ${map} here.test fallback`]);
  assert.equal((await haproxy.reload()).kind, 'accepted');
  const [found] = await old.ask([`get map ${map} here.test`]);
  assert.match(found ?? '', /found=yes/);
  await waitFor('the new worker to take connections', async () =>
    /found=no/.test(await haproxy.command([`get map ${map} here.test`])),
  );
  await edge.haproxy.stop('SIGKILL');
  // Workers notice that their master is dead.
  await waitFor('the old connection to end', () =>
    old.ask(['show info']).then(
      () => false,
      () => true,
    ),
  );
});
