import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type EtcdCluster, startEtcdCluster } from '@freehold/testing/etcd-cluster';
import { waitFor } from '@freehold/testing/wait-for';
import { connectEtcd } from './etcd.ts';
import type { EtcdAddress } from './etcd-address.ts';
import { createLog } from './log.ts';
import { startMirror } from './mirror.ts';

let cluster: EtcdCluster;
before(async () => {
  cluster = await startEtcdCluster(3);
});
after(() => cluster.remove());

test('A host writes below /services/, /certificates/ and /acme/ and its own /hosts/ entry, with a lease, and reads what it needs.', async () => {
  await using etcd = connected(cluster.address('h1'));
  const nothing = await etcd.read('/services/static/a.test/h1');
  assert.equal(await etcd.swap('/services/static/a.test/h1', nothing, '{}'), true);
  const lease = await etcd.grant(60);
  await etcd.putLeased('/hosts/h1', '{}', lease);
  assert.equal(await lease.keepAlive(), true);
  for (const key of ['/certificates/a.test', '/acme/state']) await etcd.put(key, 'x');
  for (const prefix of ['/services/', '/hosts/', '/mail/', '/certificates/', '/acme/'])
    await etcd.list(prefix);
  assert.equal(await etcd.first('/services/', '/services0'), '/services/static/a.test/h1');
  assert.equal(await etcd.delete('/services/static/a.test/h1'), true);
  await lease.revoke();
});

test("A host can neither write nor read mail forwards' keys, another host's entry or anything else.", async () => {
  await using etcd = connected(cluster.address('h1'));
  for (const key of ['/mail/a.test/info', '/hosts/h2', '/hosts/h1x', '/hosts/', '/services', '/other']) {
    await assert.rejects(etcd.put(key, 'x'), /permission denied/, key);
    await assert.rejects(etcd.delete(key), /permission denied/, key);
  }
  await assert.rejects(etcd.list('/'), /permission denied/);
});

test('A host cannot change users, roles, members or the access control.', async () => {
  for (const args of [
    ['user', 'add', 'mallory', '--no-password'],
    ['user', 'grant-role', 'h1', 'root'],
    ['role', 'grant-permission', 'host-h1', 'readwrite', '/mail/'],
    ['auth', 'disable'],
    ['member', 'add', 'mallory', '--peer-urls', 'https://127.9.9.9:2380'],
  ]) {
    const { ok, words } = await cluster.etcdctl('h1', ...args);
    assert.equal(ok, false, args.join(' '));
    assert.match(words, /permission denied/, args.join(' '));
  }
});

test('The operator writes mail forwards, and nothing else.', async () => {
  await using etcd = connected(cluster.address('operator'));
  await etcd.put('/mail/a.test/info', '[]');
  assert.equal((await etcd.list('/mail/')).entries.length, 1);
  await assert.rejects(etcd.put('/services/static/a.test/h1', '{}'), /permission denied/);
  await assert.rejects(etcd.put('/hosts/h1', '{}'), /permission denied/);
});

test('Without a certificate, or with one from another CA, every request is refused.', async () => {
  const { endpoints, tls } = cluster.address('h1');
  const foreign = tls.ca.replace('client/ca.pem', 'hop/');
  const hop = { ca: tls.ca, certificate: `${foreign}cert.pem`, key: `${foreign}key.pem` };
  const plain = endpoints.map((url) => url.replace('https:', 'http:'));
  for (const address of [{ endpoints: plain }, { endpoints, tls: hop }]) {
    await using etcd = connected(address);
    await assert.rejects(etcd.list('/services/'), /could not list/);
  }
  await using missing = connected({ endpoints, tls: { ...tls, key: '/nowhere/key.pem' } });
  await assert.rejects(missing.list('/services/'), /\/nowhere\/key\.pem/);
});

test('If a member stops or hangs, the client moves on to the next one, and no watch misses a change.', async () => {
  const abort = new AbortController();
  const log = createLog({ write: () => undefined });
  let reports = 0;
  const mirror = startMirror({
    etcd: cluster.address('h1'),
    prefix: '/services/',
    signal: abort.signal,
    log,
    onChange: () => reports++,
  });
  await waitFor('the first list', () => mirror.complete);
  await using writer = connected(cluster.address('h3'));
  const seen = (key: string) => waitFor(`${key} to be seen`, () => mirror.entries.has(key));
  await cluster.stop('h1', 'SIGKILL');
  await writer.put('/services/static/killed.test/h3', '{}');
  await seen('/services/static/killed.test/h3');
  await cluster.start('h1');
  await using early = connected(cluster.address('h2'));
  await early.list('/services/');
  cluster.freeze('h2');
  await early.put('/services/static/frozen.test/h2', '{}');
  await seen('/services/static/frozen.test/h2');
  abort.abort();
  assert.ok(reports > 2);
  await cluster.stop('h2', 'SIGKILL');
  await cluster.start('h2');
});

test('A watch on a member that has lost the others is ended.', async () => {
  await cluster.stop('h2');
  await using etcd = connected(cluster.address('h1'));
  const { revision } = await etcd.list('/services/');
  const { signal } = new AbortController();
  const onChanges = () => undefined;
  const watching = etcd.watch({ prefix: '/services/', revision: revision + 1n, signal, onChanges });
  await cluster.stop('h3');
  await assert.rejects(watching, /could not watch/);
});

function connected(address: EtcdAddress) {
  const etcd = connectEtcd(address);
  return Object.assign(etcd, {
    async [Symbol.asyncDispose]() {
      etcd.close();
    },
  });
}
