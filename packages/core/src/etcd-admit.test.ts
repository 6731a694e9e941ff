import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startEtcdCluster } from '@freehold/testing/etcd-cluster';

const admit = join(import.meta.dirname, '../../../scripts/cluster/admit.sh');

test('Where etcd has no majority, admit.sh says that a member has to come first, and does not wait without an end.', async () => {
  const cluster = await startEtcdCluster(2);
  try {
    const keys = dirname(dirname(dirname(cluster.address('root').tls.ca)));
    await cluster.stop('h2');
    const admitted = promisify(execFile)(admit, [keys, 'h2'], { timeout: 60_000 });
    await assert.rejects(admitted, /etcd does not answer at [\s\S]*run setup\.sh --cluster there first/);
  } finally {
    await cluster.remove();
  }
});
