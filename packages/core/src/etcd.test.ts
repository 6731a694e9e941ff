import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { freePort } from '@freehold/testing/free-port';
import { waitFor } from '@freehold/testing/wait-for';
import { type Change, connectEtcd, type Etcd } from './etcd.ts';

let server: EtcdServer;
let etcd: Etcd;
before(async () => {
  server = await startEtcd();
  etcd = connectEtcd({ endpoints: [server.endpoint] });
});
after(async () => {
  etcd.close();
  await server.remove();
});

test('Keys are put, read, listed and deleted.', async () => {
  await etcd.put('/basic/a', 'one');
  await etcd.put('/basic/b', 'zwei ü\n');
  await etcd.put('/basicx', 'other');
  assert.equal(await etcd.get('/basic/b'), 'zwei ü\n');
  assert.equal(await etcd.get('/basic/c'), undefined);
  const { entries } = await etcd.list('/basic/');
  assert.deepEqual(
    entries.map(({ key, value }) => ({ key, value })),
    [
      { key: '/basic/a', value: 'one' },
      { key: '/basic/b', value: 'zwei ü\n' },
    ],
  );
  assert.deepEqual(await etcd.keys('/basic/'), ['/basic/a', '/basic/b']);
  assert.deepEqual([await etcd.delete('/basic/a'), await etcd.delete('/basic/a')], [true, false]);
});

test('A prefix is read in pages, and from a revision on only what was written since.', async () => {
  const keys = Array.from({ length: 250 }, (_, index) => `/pages/${String(index).padStart(3, '0')}`);
  for (const key of keys) await etcd.put(key, `of ${key}`);
  await etcd.put('/pagesx', 'other');
  const read = async (since?: bigint) => {
    const pages = [];
    for await (const page of etcd.pages('/pages/', { since })) pages.push(page);
    return { entries: pages.flatMap(({ entries }) => entries), pages };
  };
  const { entries, pages } = await read();
  assert.deepEqual(
    entries.map(({ key, value }) => [key, value]),
    keys.map((key) => [key, `of ${key}`]),
  );
  assert.deepEqual(
    pages.map(({ entries }) => entries.length),
    [100, 100, 50],
  );
  const next = (pages[0]?.revision ?? 0n) + 1n;
  assert.deepEqual((await read(next)).entries, []);
  await etcd.put('/pages/007', 'new');
  await etcd.delete('/pages/008');
  assert.deepEqual(
    (await read(next)).entries.map(({ key, value }) => [key, value]),
    [['/pages/007', 'new']],
  );
  // Also where what was written since takes several pages.
  for (const key of keys.slice(0, 120)) await etcd.put(key, 'again');
  assert.equal((await read(next)).entries.length, 120);
  assert.deepEqual((await read((pages[0]?.revision ?? 0n) + 100_000n)).entries, []);
  assert.deepEqual((await etcd.pages('/nothing/').next()).value?.entries, []);
});

test('The first key of a range is found, and the end of the range is exclusive.', async () => {
  for (const key of ['/first/b', '/first/c', '/first0']) await etcd.put(key, '');
  assert.equal(await etcd.first('/first/', '/first0'), '/first/b');
  assert.equal(await etcd.first('/first/b\0', '/first0'), '/first/c');
  assert.equal(await etcd.first('/first/d', '/first0'), undefined);
});

test('A key is swapped only if it has not changed since it was read.', async () => {
  const nothing = await etcd.read('/swap/a');
  assert.deepEqual(nothing, { revision: 0n });
  assert.equal(await etcd.swap('/swap/a', nothing, 'one'), true);
  assert.equal(await etcd.swap('/swap/a', nothing, 'two'), false);
  const one = await etcd.read('/swap/a');
  assert.equal(one.value, 'one');
  await etcd.put('/swap/a', 'one');
  assert.equal(
    await etcd.swap('/swap/a', one, 'two'),
    false,
    'writing the same value again counts as a change',
  );
  await etcd.delete('/swap/a');
  assert.equal(await etcd.swap('/swap/a', one, 'two'), false);
  assert.equal(await etcd.get('/swap/a'), undefined);
});

test('Of many concurrent swaps, exactly one succeeds.', async () => {
  const before = await etcd.read('/swap/many');
  const done = await Promise.all(
    Array.from({ length: 20 }, (_, n) => etcd.swap('/swap/many', before, String(n))),
  );
  assert.equal(done.filter(Boolean).length, 1);
  assert.equal(await etcd.get('/swap/many'), String(done.indexOf(true)));
});

test('Several keys are written in one transaction, or none if its guard does not hold.', async () => {
  await etcd.put('/commit/guard', '1');
  const { revision } = await etcd.read('/commit/guard');
  const guard = { key: '/commit/guard', revision };
  const lease = await etcd.grant(60);
  const puts = [
    { key: '/commit/a', value: '1' },
    { key: '/commit/leased', value: '1', lease: lease.id },
  ];
  assert.ok(((await etcd.commit({ guard, puts })) ?? 0n) > revision);
  assert.ok(await etcd.commit({ guard, puts: [{ key: '/commit/b', value: '1' }], deletes: ['/commit/a'] }));
  assert.deepEqual(await etcd.keys('/commit/'), ['/commit/b', '/commit/guard', '/commit/leased']);
  await lease.revoke();
  await etcd.put('/commit/guard', '1');
  assert.equal(await etcd.commit({ guard, deletes: ['/commit/b'] }), undefined);
  assert.deepEqual(await etcd.keys('/commit/'), ['/commit/b', '/commit/guard']);
});

test('A leased key disappears with its lease, which cannot be kept alive afterwards.', async () => {
  const lease = await etcd.grant(60);
  await etcd.putLeased('/leased/a', 'here', lease);
  assert.equal(await lease.keepAlive(), true);
  assert.equal(await etcd.get('/leased/a'), 'here');
  await lease.revoke();
  assert.equal(await etcd.get('/leased/a'), undefined);
  assert.equal(await lease.keepAlive(), false);
});

test('A watch returns every change from its revision on, and ends when it is aborted.', async () => {
  await etcd.put('/watched/a', '1');
  const { revision } = await etcd.list('/watched/');
  await etcd.put('/watched/b', '2');
  const changes: Change[] = [];
  const abort = new AbortController();
  const onChanges = (some: Change[]) => void changes.push(...some);
  const options = { prefix: '/watched/', revision: revision + 1n, signal: abort.signal, onChanges };
  const watching = etcd.watch(options);
  await waitFor('what was put before the watch', () => changes.length === 1);
  await etcd.put('/watched/a', '3');
  await etcd.put('/watchedx', '4');
  await etcd.delete('/watched/b');
  await waitFor('what was put after', () => changes.length === 3);
  assert.deepEqual(
    changes.map(({ key, value }) => [key, value]),
    [
      ['/watched/b', '2'],
      ['/watched/a', '3'],
      ['/watched/b', undefined],
    ],
  );
  abort.abort();
  await watching;
  await etcd.watch(options);
});

test('A watch from a compacted revision is rejected immediately.', async (context) => {
  const { own, connection } = await ownEtcd(context);
  for (const value of ['1', '2', '3']) await connection.put('/compacted/a', value);
  const { revision } = await connection.list('/compacted/');
  await compact(own.endpoint, revision);
  const { signal } = new AbortController();
  const options = { prefix: '/compacted/', revision: 1n, signal, onChanges: () => undefined };
  await assert.rejects(connection.watch(options), /could not watch \/compacted\/: .*compacted/);
});

test('A watch is rejected when etcd is killed.', async (context) => {
  const { own, connection } = await ownEtcd(context);
  const { revision } = await connection.list('/');
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const options = {
    prefix: '/',
    revision: revision + 1n,
    signal: new AbortController().signal,
    onChanges: () => resolve(),
  };
  const rejected = assert.rejects(connection.watch(options), /could not watch/);
  await connection.put('/a', 'b');
  await first;
  await own.stop('SIGKILL');
  await rejected;
});

test('The error of an unreachable etcd contains its address and what was attempted.', async (context) => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const nobody = connectEtcd({ endpoints: [endpoint] });
  context.after(() => nobody.close());
  await assert.rejects(nobody.put('/a', 'b'), (error: Error) => {
    assert.match(error.message, /^etcd at http:\/\/127\.0\.0\.1:\d+ could not write \/a: /);
    return error.message.includes(endpoint);
  });
  const options = {
    prefix: '/',
    revision: 1n,
    signal: new AbortController().signal,
    onChanges: () => undefined,
  };
  await assert.rejects(nobody.watch(options), /could not watch/);
});

test('A call that is in progress when the connection is closed does not open another one.', async (context) => {
  const sockets: Socket[] = [];
  const connected = Promise.withResolvers<void>();
  const silent = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    connected.resolve();
  }).listen(0, '127.0.0.1');
  context.after(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const connection = connectEtcd({ endpoints: [`http://127.0.0.1:${port}`] });
  const call = assert.rejects(connection.put('/a', 'b'));
  await connected.promise;
  connection.close();
  await call;
  assert.equal(sockets.length, 1);
});

/** An etcd that no other test in this file uses. */
async function ownEtcd(context: TestContext) {
  const own = await startEtcd();
  context.after(() => own.remove());
  const connection = connectEtcd({ endpoints: [own.endpoint] });
  context.after(() => connection.close());
  return { own, connection };
}

/** etcd's own HTTP gateway to its RPCs. */
async function compact(endpoint: string, revision: bigint): Promise<void> {
  const body = JSON.stringify({ revision: String(revision), physical: true });
  const answer = await fetch(`${endpoint}/v3/kv/compaction`, { method: 'POST', body });
  assert.ok(answer.ok, await answer.text());
}
