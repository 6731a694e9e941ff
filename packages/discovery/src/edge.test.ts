// Tests with a real HAProxy: which backend serves a site, and whether it still has requests in progress.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { askSocket } from '@freehold/core/ask-socket';
import { freePort } from '@freehold/testing/free-port';
import { prepareHaproxy } from '@freehold/testing/haproxy-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { isAtRest } from './edge.ts';

test('a site is idle once its server is in maintenance, in its own backend as well as in a spare one', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryFolder();
  stack.defer(() => folder.remove());
  const [config, sockets] = [join(folder.path, 'haproxy.cfg'), join(folder.path, 'run')];
  await mkdir(sockets);
  await writeFile(join(folder.path, 'hosts.map'), 'own.test own.test\nnew.test spare-1\n');
  const text = `global
    stats socket ${sockets}/admin.sock mode 660 level admin
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend edge
    bind 127.0.0.1:${await freePort()}
    use_backend %[req.hdr(host),map_str(${folder.path}/hosts.map)]
backend own.test
    server h1 127.0.0.1:1
backend spare-1
    server site 127.0.0.1:1
`;
  await writeFile(config, text);
  const haproxy = await prepareHaproxy({ config, sockets, folders: [folder.path] });
  stack.defer(() => haproxy.stop('SIGKILL'));
  await haproxy.start();
  const servers = { 'own.test': 'own.test/h1', 'new.test': 'spare-1/site' };
  for (const [domain, server] of Object.entries(servers)) {
    assert.equal(await isAtRest(sockets, domain, 'h1'), false, domain);
    const command = `set server ${server} state maint`;
    await askSocket(join(sockets, 'admin.sock'), command, { who: 'HAProxy', withinMs: 60_000 });
    assert.equal(await isAtRest(sockets, domain, 'h1'), true, domain);
  }
  assert.equal(await isAtRest(sockets, 'unknown.test', 'h1'), undefined);
  assert.equal(await isAtRest(folder.path, 'own.test', 'h1'), undefined, 'nobody answers');
});
