// A server receives the latest keys of its cluster from the scripts of ../cluster, and none once it is
// removed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const scripts = join(import.meta.dirname, '../../../scripts');

test('renewed keys are sent, a removed host gets none, and those of a cluster elsewhere stay', async () => {
  const folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  const send = async (host: string) => {
    const script = `set -euo pipefail
      source "$1/lib.sh"; source "$1/deploy/servers.sh"; source "$1/deploy/send.sh"
      send_folder() { :; }
      send_own_files "$2" "$2"`;
    const env = { ...process.env, FREEHOLD_CONFIG: folder.path };
    await promisify(execFile)('bash', ['-c', script, 'bash', scripts, host], { env });
  };
  try {
    await write(at('cluster/ca/clients/ca.pem'), 'this one');
    await write(at('cluster/hosts/h1/client/ca.pem'), 'this one');
    await cp(at('cluster/hosts/h1'), at('hosts/h1/cluster'), { recursive: true });
    await write(at('cluster/hosts/h1/client/key.pem'), 'renewed');
    await write(at('hosts/h2/cluster/client/ca.pem'), 'another');
    await send('h1');
    assert.equal(await readFile(at('hosts/h1/cluster/client/key.pem'), 'utf8'), 'renewed');
    // The state left by a run that was interrupted between its last two steps.
    await rename(at('hosts/h1/cluster'), at('hosts/h1/cluster.new'));
    await send('h1');
    assert.deepEqual(await readdir(at('hosts/h1')), ['cluster']);
    await send('h2');
    assert.equal(await readFile(at('hosts/h2/cluster/client/ca.pem'), 'utf8'), 'another');
    await rm(at('cluster/hosts/h1'), { recursive: true });
    await send('h1');
    assert.deepEqual(await readdir(at('hosts/h1')), []);
  } finally {
    await folder.remove();
  }
});
