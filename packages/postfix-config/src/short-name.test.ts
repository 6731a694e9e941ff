import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '@freehold/testing/child';
import { startEtcd } from '@freehold/testing/etcd-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

test('a host whose name has no dot gets a warning that other servers will refuse its mail', async () => {
  const folder = await temporaryFolder();
  const etcd = await startEtcd();
  const dryRun = async (host: string) => {
    const env = {
      FREEHOLD_HOST: host,
      FREEHOLD_ETCD: etcd.endpoint,
      FREEHOLD_POSTFIX_DIR: folder.path,
      FREEHOLD_HAPROXY_DIR: folder.path,
    };
    const child = startChild(process.execPath, [join(import.meta.dirname, 'main.ts'), '--dry-run'], env);
    assert.deepEqual(await once(child.process, 'close'), [0, null], child.output());
    return child.output();
  };
  try {
    assert.match(await dryRun('h1'), /<4>This host's name has no dot, .* host=h1$/m);
    assert.doesNotMatch(await dryRun('h1.test'), /no dot/);
  } finally {
    await etcd.remove();
    await folder.remove();
  }
});
