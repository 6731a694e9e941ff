import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const scripts = join(import.meta.dirname, '../../../scripts');
const execute = promisify(execFile);

/** Sources address.sh and returns the address that it read. */
async function readAddress(args: readonly string[], input = ''): Promise<string> {
  const script = `set -euo pipefail; . ${scripts}/lib.sh; . ${scripts}/add-site/address.sh; git=; read_address "$@"; printf %s "$git"`;
  const running = execute('bash', ['--norc', '-c', script, 'bash', ...args]);
  // The script may have ended without reading its input.
  running.child.stdin?.on('error', () => undefined).end(input);
  return (await running).stdout;
}

test('An address with a password or token is refused as an argument and is not repeated; the refusal advises replacing it.', async () => {
  for (const [script, ...target] of [
    ['add-site.sh', 'example.com'],
    ['deploy/add-site.sh', 'root@server.test', 'example.com'],
  ] as const) {
    for (const address of [
      'https://me:s3cret@git.example.test/site.git main',
      'https://s3cret@git.example.test/site.git',
      'https://me:to/s3cret@git.example.test/site.git',
      'https://git.example.test/site.git?token=s3cret',
      'ssh://me:s3cret@git.example.test/site.git',
      'me:s3cret@git.example.test:site.git',
    ]) {
      const refused = execute(join(scripts, script), [...target, '--git', address]);
      await assert.rejects(refused, (error: { code: number; stderr: string; stdout: string }) => {
        assert.equal(error.code, 2, error.stderr);
        assert.match(
          error.stderr,
          /Replace this password or token at the git server.*--git -.*--git-file FILE/s,
        );
        assert.doesNotMatch(error.stderr + error.stdout, /s3cret/);
        return true;
      });
    }
  }
});

test('An address without credentials is accepted as an argument, and any address from standard input or a file.', async () => {
  for (const address of [
    'https://git.example.test/site.git main',
    'ssh://git@git.example.test:2222/site.git',
    'git@git.example.test:me/site.git v1',
    '/data/domains/example.com/site.git',
  ]) {
    assert.equal(await readAddress(['--git', address]), address);
  }
  const secret = 'https://me:to/k?en@git.example.test/site.git main';
  assert.equal(await readAddress(['--git', '-'], `${secret}\n`), secret);
  const folder = await temporaryFolder();
  const file = join(folder.path, 'address');
  await writeFile(file, `${secret}\n`);
  assert.equal(await readAddress(['--git-file', file]), secret);
  await assert.rejects(readAddress(['--git-file', `${file}.none`]), /no such file/);
  await assert.rejects(readAddress(['--git', '-'], ''), /is empty/);
  await assert.rejects(readAddress(['--git', '-'], 'one\ntwo\n'), /more than one line/);
  await folder.remove();
});
