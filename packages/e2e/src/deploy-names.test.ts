// A server reports which host it is, and gets the secrets of that host: so it must not change its name after
// the first deploy. Without hosts.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { type Outcome, run } from './host.ts';

const scripts = join(import.meta.dirname, '../../../scripts');

/**
 * The settings of a control machine, in a separate folder; `bind` returns the error with which it was
 * refused, or nothing.
 */
async function startJumpBox() {
  const folder = await temporaryFolder();
  const inIt = (...args: string[]): Promise<Outcome> =>
    run('env', [`FREEHOLD_CONFIG=${folder.path}`, `PATH=${folder.path}:${process.env.PATH}`, ...args]);
  const script =
    'set -euo pipefail; source "$1/lib.sh"; source "$1/deploy/servers.sh"; source "$1/deploy/names.sh"; shift; bind_name "$@"';
  return {
    path: folder.path,
    inIt,
    bind: async (...words: string[]) => (await inIt('bash', '-c', script, 'bash', scripts, ...words)).stderr,
    names: async () => (await readFile(join(folder.path, 'names'), 'utf8')).trim().split('\n').sort(),
    [Symbol.asyncDispose]: folder.remove,
  };
}

test('a server keeps the name that it had at its first deploy, and no other gets it', async () => {
  await using box = await startJumpBox();
  assert.equal(await box.bind('root@10.0.0.1', 'h1.test'), '');
  const others = await Promise.all(['h2.test', 'h3.test', 'h4.test'].map((name) => box.bind(name, name)));
  assert.deepEqual(others, ['', '', '']);
  assert.equal(await box.bind('10.0.0.1', 'h1.test'), '');
  assert.match(
    await box.bind('10.0.0.1', 'h2.test'),
    /reports the name 'h2\.test', but .* has that name for h2\.test/,
  );
  assert.match(
    await box.bind('10.0.0.1', 'h5.test'),
    /reports the name 'h5\.test', but had the name 'h1\.test' before/,
  );
  assert.match(
    await box.bind('10.0.0.2', 'h1.test'),
    /reports the name 'h1\.test', but .* has that name for 10\.0\.0\.1/,
  );
  for (const none of ['..', '.', '', 'a/b', '../hosts', 'h9.test\nh1.test', 'h9 test', '-x'])
    assert.match(await box.bind('10.0.0.9', none), /which is not a host name/);
  assert.deepEqual(await box.names(), [
    '10.0.0.1 h1.test',
    'h2.test h2.test',
    'h3.test h3.test',
    'h4.test h4.test',
  ]);
});

test("an operator's entry replaces the name of a server, but with neither another server's name nor one that it denies", async () => {
  await using box = await startJumpBox();
  for (const name of ['h1.test', 'h2.test']) await box.bind(name, name);
  assert.equal(await box.bind('h1.test', 'h5.test', 'h5.test'), '');
  assert.match(await box.bind('h1.test', 'h2.test', 'h2.test'), /has that name for h2\.test/);
  assert.match(
    await box.bind('h3.test', 'h3.test', 'h4.test'),
    /reports the name 'h3\.test', not 'h4\.test'/,
  );
  assert.deepEqual(await box.names(), ['h1.test h5.test', 'h2.test h2.test']);
});

test('a new server does not get the files of a host with another name, unless the operator confirms that it is that host', async () => {
  await using box = await startJumpBox();
  for (const name of ['h1.test', 'h2.test']) await mkdir(join(box.path, 'hosts', name), { recursive: true });
  assert.match(
    await box.bind('h1.test', 'h2.test'),
    /hosts\/h2\.test has files for a server that was not deployed yet/,
  );
  assert.equal(await box.bind('h1.test', 'h1.test'), '');
  assert.match(await box.bind('root@10.0.0.2', 'h2.test'), /deploy\.sh root@10\.0\.0\.2 --name h2\.test/);
  assert.equal(await box.bind('root@10.0.0.2', 'h2.test', 'h2.test'), '');
});
