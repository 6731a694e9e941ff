// A server says itself which host it is, and gets the secrets of that one: so it cannot say another name than at first.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const scripts = join(import.meta.dirname, '../../../scripts');

test('a server keeps the name that it had at its first deploy, and no other gets it', async () => {
  const folder = await temporaryFolder();
  const bind = async (server: string, name: string): Promise<string> => {
    const script =
      'set -euo pipefail; source "$1/lib.sh"; source "$1/deploy/servers.sh"; source "$1/deploy/names.sh"; bind_name "$2" "$3"';
    const env = { ...process.env, FREEHOLD_CONFIG: folder.path };
    return promisify(execFile)('bash', ['-c', script, 'bash', scripts, server, name], { env }).then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    );
  };
  try {
    assert.equal(await bind('root@10.0.0.1', 'h1.test'), '');
    assert.deepEqual(await Promise.all(['h2.test', 'h3.test', 'h4.test'].map((name) => bind(name, name))), [
      '',
      '',
      '',
    ]);
    assert.equal(await bind('10.0.0.1', 'h1.test'), '');
    assert.match(await bind('10.0.0.1', 'h2.test'), /calls itself 'h2\.test', but that is h2\.test in /);
    assert.match(await bind('10.0.0.1', 'h5.test'), /calls itself 'h5\.test', but was 'h1\.test' so far/);
    assert.match(await bind('10.0.0.2', 'h1.test'), /calls itself 'h1\.test', but that is 10\.0\.0\.1 in /);
    for (const none of ['..', '.', '', 'a/b', '../hosts', 'h9.test\nh1.test', 'h9 test', '-x'])
      assert.match(await bind('10.0.0.9', none), /which is no host name/);
    assert.deepEqual((await readFile(join(folder.path, 'names'), 'utf8')).trim().split('\n').sort(), [
      '10.0.0.1 h1.test',
      'h2.test h2.test',
      'h3.test h3.test',
      'h4.test h4.test',
    ]);
  } finally {
    await folder.remove();
  }
});
