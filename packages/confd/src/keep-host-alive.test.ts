import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectEtcd } from '@freehold/core/etcd';
import { createLog } from '@freehold/core/log';
import { type EtcdCluster, startEtcdCluster } from '@freehold/testing/etcd-cluster';
import { recordingStream } from '@freehold/testing/recording-stream';
import { waitFor } from '@freehold/testing/wait-for';
import { keepHostAlive } from './keep-host-alive.ts';

/** Longer than the lease of a host, in seconds. */
const clockSeconds = 15;

/** A member that is not the leader: the loss of a leader prolongs all leases, and would hide that one is not renewed. */
async function followerOf(cluster: EtcdCluster): Promise<string> {
  for (const host of cluster.hosts) {
    const [endpoint = ''] = cluster.address(host).endpoints;
    const status = ['--endpoints', endpoint, 'endpoint', 'status', '--write-out', 'json'];
    const { words } = await cluster.etcdctl('root', ...status);
    const [, member] = words.match(/"member_id":(\d+)/) ?? [];
    const [, leader] = words.match(/"leader":(\d+)/) ?? [];
    if (member && leader && member !== leader) return host;
  }
  throw new Error('no follower was found');
}

test('A host stays alive while the first etcd member of its list hangs.', async (context) => {
  const cluster = await startEtcdCluster(3);
  const name = await followerOf(cluster);
  const other = cluster.hosts.find((one) => one !== name) ?? '';
  const abort = new AbortController();
  const recorded = recordingStream();
  const options = { host: name, ip: '127.0.0.1', boot: 'feed', signal: abort.signal };
  const alive = keepHostAlive({ ...options, etcd: cluster.address(name), log: createLog(recorded) });
  const etcd = connectEtcd(cluster.address(other));
  context.after(async () => {
    abort.abort();
    etcd.close();
    await alive;
    await cluster.remove();
  });
  const key = `/hosts/${name}`;
  await waitFor('the host to be alive', async () => (await etcd.get(key)) !== undefined);
  const before = await etcd.read(key);
  cluster.freeze(name);
  // A key under a lease that nobody renews is a clock.
  const clock = `/services/static/clock.test/${other}`;
  await etcd.putLeased(clock, '{}', await etcd.grant(clockSeconds));
  await waitFor('the clock to run down', async () => (await etcd.get(clock)) === undefined, {
    withinMs: 60_000,
  });
  assert.deepEqual(await etcd.read(key), before, 'the record was neither deleted nor written again');
  assert.deepEqual(recorded.lines, []);
});
