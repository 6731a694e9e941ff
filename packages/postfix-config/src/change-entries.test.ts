// Only etcd is required: neither command asks Postfix.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectEtcd } from '@freehold/core/etcd';
import { startChild } from '@freehold/testing/child';
import { startEtcd } from '@freehold/testing/etcd-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

test('add and remove report which other forwards they break, and only those', async () => {
  const root = await temporaryFolder();
  const etcdServer = await startEtcd();
  const etcd = connectEtcd({ endpoints: [etcdServer.endpoint] });
  const env = {
    FREEHOLD_HOST: 'h1.test',
    FREEHOLD_ETCD: etcdServer.endpoint,
    FREEHOLD_POSTFIX_DIR: root.path,
    FREEHOLD_HAPROXY_DIR: root.path,
  };
  const run = async (...args: string[]) => {
    const child = startChild(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], env);
    const [code] = await once(child.process, 'close');
    assert.equal(code, 0, child.output());
    return child.output().trim().split('\n');
  };
  try {
    await etcd.put('/mail/a.test/bad', 'no JSON');
    await run('add', 'info@a.test', 'me@else.test');
    await run('add', 'other@a.test', 'me@else.test');
    await run('add', 'list@b.test', 'info@a.test', 'you@else.test');
    await run('add', 'only@b.test', 'info@a.test');
    await run('add', 'far@b.test', 'me@c.test');
    const added = await run('add', 'x@c.test', 'x@else.test');
    assert.deepEqual(added.slice(0, 2), [
      'x@c.test is now forwarded to x@else.test.',
      '/mail/b.test/far is now skipped: nobody here has the address me@c.test, and there is no other',
    ]);
    assert.equal(added[2], '', 'nothing else is broken');
    const removed = await run('remove', 'info@a.test');
    assert.equal(removed[0], 'info@a.test is no longer forwarded.');
    const why = 'nobody here has the address info@a.test';
    assert.deepEqual(removed.slice(1).sort(), [
      `/mail/b.test/list in part is now skipped: ${why}, and those are skipped`,
      `/mail/b.test/only is now skipped: ${why}, and there is no other`,
    ]);
  } finally {
    etcd.close();
    await etcdServer.remove();
    await root.remove();
  }
});
