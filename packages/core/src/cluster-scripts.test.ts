import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startEtcdCluster } from '@freehold/testing/etcd-cluster';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';

const script = (name: string) => join(import.meta.dirname, '../../../scripts/cluster', name);
const admit = script('admit.sh');

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

test('A host that is dismissed can do nothing any more, and where etcd has no majority nothing changes.', async () => {
  const cluster = await startEtcdCluster(3);
  try {
    const keys = dirname(dirname(dirname(cluster.address('root').tls.ca)));
    const dismiss = (host: string) =>
      promisify(execFile)(script('dismiss.sh'), [keys, host], { timeout: 90_000 });
    assert.ok((await cluster.etcdctl('h3', 'put', '/services/static/a.test/h3', '{}')).ok);
    await cluster.etcdctl('root', 'role', 'delete', 'host-h3');
    assert.match((await dismiss('h3')).stdout, /h3 is out of the cluster/);
    const { ok, words } = await cluster.etcdctl('root', 'get', '--prefix', '--keys-only', '/services/');
    assert.deepEqual([ok, words.trim()], [true, '']);
    assert.doesNotMatch((await cluster.etcdctl('root', 'user', 'list')).words, /h3/);
    await assert.rejects(dismiss('h3'), /'h3' is no host of this cluster: h1 h2/);
    await cluster.stop('h2');
    await assert.rejects(dismiss('h2'), /etcd does not answer at [\s\S]*Nothing was changed/);
    await cluster.start('h2');
    assert.match((await dismiss('h2')).stdout, /h2 is out of the cluster/);
  } finally {
    await cluster.remove();
  }
});

test('Settings of a member change all at once: killed in between, setup.sh leaves those from before.', async () => {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'host.env');
  const before = 'FREEHOLD_HOST=h1\nFREEHOLD_ETCD=http://127.0.0.1:2379\n';
  const scripts = join(import.meta.dirname, '../../../scripts/setup');
  const replace = `changed=(); . ${scripts}/files.sh; . ${scripts}/member-settings.sh; replace_settings '${file}'`;
  const start = () => spawn('bash', ['--norc', '-euo', 'pipefail', '-c', replace]);
  try {
    await writeFile(file, before);
    const killed = start();
    killed.stdin.write('FREEHOLD_ETCD=https://10.0.0.1:2379\n');
    await waitFor('a first setting', async () => (await readFile(`${file}.new`, 'utf8')).includes('https:'));
    killed.kill('SIGKILL');
    await once(killed, 'close');
    assert.equal(await readFile(file, 'utf8'), before);
    const whole = start();
    whole.stdin.end('FREEHOLD_ETCD=https://10.0.0.1:2379\nFREEHOLD_ETCD_CA=/ca.pem\n');
    assert.deepEqual(await once(whole, 'close'), [0, null]);
    assert.equal(
      await readFile(file, 'utf8'),
      'FREEHOLD_HOST=h1\nFREEHOLD_ETCD=https://10.0.0.1:2379\nFREEHOLD_ETCD_CA=/ca.pem\n',
    );
  } finally {
    await folder.remove();
  }
});
