import assert from 'node:assert/strict';
import { readdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { certificatesOf } from '../../cluster/issue.ts';
import { isValid } from '../../cluster/judge-certificate.ts';
import { issueHost, makeAuthority } from '../../cluster/run-keys.ts';
import { parseEtcdMembers } from './etcd-as-root.ts';
import { openKeys } from './key-folder.ts';

const day = 86_400_000;
const host = { name: 'h1.test', address: '10.0.0.1' };

test('certificates of openssl are valid until half a year before they expire, and for their host, key and CA alone', async () => {
  const root = await temporaryFolder();
  try {
    const program = {
      ...{ argv: [], env: process.env, log: createLog(), signal: new AbortController().signal },
    };
    const tools = openKeys(join(root.path, 'keys'), program, () => undefined);
    await makeAuthority(tools);
    assert.deepEqual(await issueHost(tools, { host }), ['peer.pem', 'server.pem', 'cert.pem', 'cert.pem']);
    assert.deepEqual(await issueHost(tools, { host }), []);
    const files = await tools.read();
    const [peer, server] = certificatesOf(host);
    if (!peer || !server) throw new Error('There are no certificates.');
    const now = (days: number) => new Date(Date.now() + days * day);
    for (const spec of certificatesOf(host)) {
      assert.ok(isValid(files, spec, now(549)), spec.certificate);
      assert.ok(!isValid(files, spec, now(551)), spec.certificate);
    }
    assert.ok(!isValid(files, { ...peer, address: '10.0.0.2' }, now(0)));
    assert.ok(!isValid(files, { ...peer, ca: 'ca/clients' }, now(0)));
    assert.ok(!isValid(files, { ...peer, key: server.key }, now(0)));
    // What a run that was killed left there: the key of a certificate that was never made.
    await writeFile(join(root.path, 'keys', peer.key), files.get(server.key) ?? '');
    await writeFile(join(root.path, 'keys', `${peer.key}.tmp`), 'half');
    assert.deepEqual(await issueHost(tools, { host }), ['peer.pem']);
    assert.equal((await stat(join(root.path, 'keys', peer.key))).mode & 0o777, 0o600);
    assert.equal((await stat(join(root.path, 'keys/hosts'))).mode & 0o777, 0o700);
    assert.deepEqual((await readdir(join(root.path, 'keys/hosts/h1.test/etcd'))).sort(), [
      ...['clients-ca.pem', 'peer-key.pem', 'peer.pem', 'peers-ca.pem', 'server-key.pem', 'server.pem'],
    ]);
  } finally {
    await root.remove();
  }
});

test('a CA behind a symbolic link is used, and an existing one is never replaced', async (context) => {
  const root = await temporaryFolder();
  context.after(root.remove);
  const program = { argv: [], env: process.env, log: createLog(), signal: new AbortController().signal };
  const keys = join(root.path, 'keys');
  const tools = openKeys(keys, program, () => undefined);
  await makeAuthority(tools);
  const files = await tools.read();
  await rename(join(keys, 'ca'), join(root.path, 'elsewhere'));
  await symlink(join(root.path, 'elsewhere'), join(keys, 'ca'));
  assert.deepEqual(new Map([...(await tools.read())].sort()), new Map([...files].sort()));
  await assert.rejects(
    tools.perform({ do: 'make-ca', ca: 'ca/peers' }),
    /Cannot create a CA: .*\/ca\/peers\/ca\.pem exists already/,
  );
});

test('a member that has not started has no name, and ids of 64 bits are exact', () => {
  const text = `{"members":[{"ID":10276657743932975437,"name":"h1","peerURLs":["https://10.0.0.1:2380"]},
    {"ID":3,"peerURLs":["https://10.0.0.2:2380"]}]}`;
  assert.deepEqual(parseEtcdMembers(text), [
    { id: '8e9e05c52164694d', name: 'h1', peerUrl: 'https://10.0.0.1:2380' },
    { id: '3', name: '', peerUrl: 'https://10.0.0.2:2380' },
  ]);
});
