import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type EtcdCluster, startEtcdCluster } from '@freehold/testing/etcd-cluster';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';

const script = (name: string) => join(import.meta.dirname, '../../../scripts/cluster', name);

describe('scripts/cluster', () => {
  let cluster: EtcdCluster;
  let keys: string;
  before(async () => {
    cluster = await startEtcdCluster(3);
    keys = dirname(dirname(dirname(cluster.address('root').tls.ca)));
  });
  after(() => cluster.remove());
  const run = (name: string, host: string) => promisify(execFile)(script(name), [keys, host]);

  test('A removed host has no access any more.', async () => {
    assert.ok((await cluster.etcdctl('h3', 'put', '/services/static/a.test/h3', '{}')).ok);
    await cluster.etcdctl('root', 'role', 'delete', 'host-h3');
    assert.match((await run('dismiss.sh', 'h3')).stdout, /Removed h3 from the cluster/);
    const { ok, words } = await cluster.etcdctl('root', 'get', '--prefix', '--keys-only', '/services/');
    assert.deepEqual([ok, words.trim()], [true, '']);
    assert.doesNotMatch((await cluster.etcdctl('root', 'user', 'list')).words, /h3/);
    // The key that it had is no longer in use; the others get the new one.
    const certificateKeys = await readFile(join(keys, 'certificate-keys'), 'utf8');
    assert.match(certificateKeys, /^\d+ [0-9a-f]{64}\n\d+ [0-9a-f]{64}\n$/);
    for (const host of ['h1', 'h2'])
      assert.equal(await readFile(join(keys, 'hosts', host, 'certificate-keys'), 'utf8'), certificateKeys);
    await assert.rejects(run('dismiss.sh', 'h3'), /'h3' is not a host of this cluster: h1 h2/);
  });

  test('If etcd has no majority, neither script waits forever, and nothing changes.', async () => {
    await cluster.stop('h2');
    await Promise.all([
      assert.rejects(
        run('admit.sh', 'h2'),
        /etcd does not answer at [\s\S]*Run setup\.sh --cluster there first/,
      ),
      assert.rejects(run('dismiss.sh', 'h2'), /etcd does not answer at [\s\S]*Nothing was changed/),
    ]);
    await cluster.start('h2');
    assert.match((await run('dismiss.sh', 'h2')).stdout, /Removed h2 from the cluster/);
  });
});

test("A member's settings change all at once: if setup.sh is killed in between, the previous ones remain.", async () => {
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
