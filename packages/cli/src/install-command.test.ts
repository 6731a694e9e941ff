// scripts/setup/command.sh and scripts/freehold, with all folders of the host in a temporary one.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { runProgram } from './edge/run-program.ts';

const scripts = join(import.meta.dirname, '../../../scripts');
const signal = new AbortController().signal;

/** A host with versions 'older', which has no command, and 'newer'. */
async function prepare() {
  const folder = await temporaryFolder();
  const host = folder.path;
  const moved = (text: string) => text.replace(/\/(?:usr\/local|opt|var\/lib)(?=\/)/g, `${host}$&`);
  const put = async (path: string, text: string) => {
    await writeFile(join(host, path), text);
    await chmod(join(host, path), 0o755);
  };
  for (const made of ['opt/freehold-older/scripts', 'opt/freehold-newer/scripts']) {
    await mkdir(join(host, made), { recursive: true });
  }
  await put('opt/freehold-newer/scripts/freehold', moved(await readFile(join(scripts, 'freehold'), 'utf8')));
  await put('command.sh', moved(await readFile(join(scripts, 'setup/command.sh'), 'utf8')));
  /** What setup.sh of the newer version does. */
  const install = (here: string) =>
    run(
      '/bin/bash',
      '-euc',
      'here=$1; say() { :; }; change() { "$@"; }; install_file() { :; }; . "$2"; install_command',
      '-',
      here,
      join(host, 'command.sh'),
    );
  const run = (command: string, ...args: string[]) => runProgram(command, args, { signal });
  const use = async (version: string) => {
    await rm(join(host, 'opt/freehold'), { force: true });
    await symlink(`freehold-${version}`, join(host, 'opt/freehold'));
  };
  const freehold = () => run(join(host, 'usr/local/bin/freehold'), 'help');
  return { folder, host, install, use, freehold, link: join(host, 'usr/local/lib/freehold/scripts') };
}

test('after a roll-back to a version before the command, freehold refuses', async (context) => {
  const { folder, host, install, use, freehold, link } = await prepare();
  context.after(() => folder.remove());
  await use('newer');
  const { code, stderr } = await install(join(host, 'opt/freehold-newer/scripts'));
  assert.equal(code, 0, stderr);
  assert.equal(await readlink(link), join(host, 'opt/freehold/scripts'));
  assert.match(
    (await freehold()).stderr,
    /^freehold is not installed on this machine/,
    'no program is there',
  );
  await use('older');
  const refused = await freehold();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^This host was rolled back to a version without the command freehold\./);
  await rm(join(host, 'opt/freehold'));
  assert.match((await freehold()).stderr, /^freehold cannot find the scripts of its version/);
});

test('a checkout in another folder uses its own scripts', async (context) => {
  const { folder, host, install, use, link } = await prepare();
  context.after(() => folder.remove());
  await use('older');
  const here = join(host, 'opt/freehold-newer/scripts');
  assert.equal((await install(here)).code, 0);
  assert.equal(await readlink(link), here);
});
