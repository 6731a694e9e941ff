import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectEtcd } from '@freehold/core/etcd';
import { createLog } from '@freehold/core/log';
import { startEtcdCluster } from '@freehold/testing/etcd-cluster';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import { keepHostAlive } from './keep-host-alive.ts';

/** Longer than the lease of a host, in seconds. */
const clockSeconds = 15;

test('A host stays alive while the first etcd member of its list hangs.', async (context) => {
  const cluster = await startEtcdCluster(3);
  const abort = new AbortController();
  const recorded = recordingStream();
  const { signal } = abort;
  const host = { host: 'h1', ip: '127.0.0.1', boot: 'feed' };
  const alive = keepHostAlive({ etcd: cluster.address('h1'), ...host, signal, log: createLog(recorded) });
  const etcd = connectEtcd(cluster.address('h3'));
  context.after(async () => {
    abort.abort();
    etcd.close();
    await alive;
    await cluster.remove();
  });
  await waitFor('the host to be alive', async () => (await etcd.get('/hosts/h1')) !== undefined);
  const before = await etcd.read('/hosts/h1');
  cluster.freeze('h1');
  // A key under a lease that nobody renews is a clock that stands still while etcd has no leader, as all its leases do.
  const clock = '/services/static/clock.test/h3';
  await etcd.putLeased(clock, '{}', await etcd.grant(clockSeconds));
  await waitFor('the clock to run down', async () => (await etcd.get(clock)) === undefined, {
    withinMs: 60_000,
  });
  assert.deepEqual(await etcd.read('/hosts/h1'), before, 'the record was neither deleted nor written again');
  assert.deepEqual(recorded.lines, []);
});
