// 'freehold server deploy', 'roll-back' and 'run' as a whole on a control machine, with programs in the place of ssh and Docker.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { prepareControlMachine, step } from './fake-servers.ts';

test('two servers get the files and the images, which are saved once, and switch; again, nothing is sent', async (context) => {
  const { folder, fake, run, read, version } = await prepareControlMachine();
  context.after(folder.remove);
  const { code, stdout, stderr } = await run('deploy', 'h1', 'h2', '--no-build');
  assert.equal(code, 0, stdout + stderr);
  const name = (await version()).slice('freehold-'.length);
  assert.match(name, /^[0-9a-f]{10}-[0-9a-f]{6}$/);
  assert.match(stdout, new RegExp(`^\\[ +\\d+ s\\] Version ${name}: this commit, and 1 images$`, 'm'));
  for (const server of ['h1', 'h2']) {
    const calls = (await read(`${server}/calls`)).trim().split('\n');
    assert.deepEqual(calls.slice(-2), [`prepare.sh ${server}`, `switch-version.sh ${name} ${server}`]);
    assert.equal(await read(`${server}/opt/freehold-${name}/README.md`), 'x\n');
    assert.deepEqual(await readdir(join(fake, server, 'opt')), [`freehold-${name}`]);
    assert.equal(await read(`${server}/loaded`), `id-freehold/static:${name}`);
    assert.match(stdout, new RegExp(`^${server}: \\[ .* Sending images: \\S+ of \\S+, because`, 'm'));
    assert.match(stdout, new RegExp(`^${server}: \\[   0 s\\] switch-version of ${server}$`, 'm'));
  }
  assert.match(stdout, /^\[.*\] Done: h1 h2$/m);
  assert.equal(await read('saved'), 'saved\n');
  // Whichever was first.
  const names = (await read('config/names')).trim().split('\n');
  assert.deepEqual(names.toSorted(), ['h1 h1', 'h2 h2']);
  assert.deepEqual(await readdir(join(fake, 'tmp')), []);
  const again = await run('deploy', 'h1', 'h2', '--no-build');
  assert.equal(again.code, 0);
  assert.doesNotMatch(again.stdout, /Sending/);
});

test('a server that somebody else deploys to is left alone, and the others are deployed', async (context) => {
  const { folder, fake, run, read, put } = await prepareControlMachine();
  context.after(folder.remove);
  await put('h1/run/freehold-deploy.lock', 'ann@one, since today\n');
  const other = spawn('flock', [join(fake, 'h1/run/freehold-deploy.lock'), 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  const { code, stdout, stderr } = await run('deploy', 'h1', 'h2', '--no-build');
  other.stdin.end();
  assert.equal(code, 1);
  assert.match(stdout, /^h1: Cannot deploy to this server: ann@one, since today is deploying to it\.$/m);
  assert.match(stdout, /^h1: .*Nothing was changed on h1\.$/m);
  assert.match(stdout, /Done: h2$/m);
  assert.match(stderr, /Failed: h1 \(the reasons are above\)\.$/m);
  assert.equal(await read('h1/calls'), '');
});

test('a run whose connection that holds the server breaks stops before the next step', async (context) => {
  const { folder, run, read, put } = await prepareControlMachine();
  context.after(folder.remove);
  await put('h1/on-prepare', 'kill -KILL "$(cat "$FAKE/h1/holder")"; sleep 1\n');
  const { code, stdout } = await run('deploy', 'h1', '--no-build');
  assert.equal(code, 1);
  assert.match(stdout, /^h1: .*Stopped before the step 'send-images': .* Run this again\.$/m);
  assert.equal(await read('h1/loaded'), '');
});

test('a server that is held for another run by now refuses the next step, though this run does not know', async (context) => {
  const { folder, run, read, put } = await prepareControlMachine();
  context.after(folder.remove);
  await put('h1/on-prepare', 'echo "ann@one, run 2" >"$FAKE/h1/run/freehold-deploy.lock"\n');
  const { code, stdout } = await run('deploy', 'h1', '--no-build');
  assert.equal(code, 1);
  assert.match(stdout, /^h1: This run holds the server no longer: .*Run this again\.$/m);
  assert.equal(await read('h1/loaded'), '');
  assert.doesNotMatch(await read('h1/calls'), /switch/);
});

test('a server that is not reached, or whose step fails, has its reason in a line of its own', async (context) => {
  const { folder, run, put } = await prepareControlMachine();
  context.after(folder.remove);
  await put('h1/away', '');
  await put('h2/on-switch-version', 'echo broken; exit 1\n');
  const { code, stdout } = await run('deploy', 'h1', 'h2', '--no-build');
  assert.equal(code, 1);
  assert.match(stdout, /^h1: ssh: .*No route[\s\S]*^h1: .*Cannot reach h1, or its connection was lost/m);
  assert.match(stdout, /^h2: broken$/m);
  assert.match(stdout, /^h2: .*switch-version\.sh failed there with exit code 1/m);
});

test('a server goes to a version that it has, once the one in use has looked at its databases', async (context) => {
  const { folder, run, read, put, version } = await prepareControlMachine();
  context.after(folder.remove);
  await run('deploy', 'h1', '--no-build');
  const name = (await version()).slice('freehold-'.length);
  await put('h1/opt/freehold/scripts/host/check-databases.sh', step('check-databases'));
  assert.equal((await run('roll-back', 'h1', '--to', name)).code, 0);
  const calls = (await read('h1/calls')).trim().split('\n').slice(-2);
  assert.deepEqual(calls, [`check-databases.sh ${name}`, `switch-version.sh ${name} h1`]);
  await put('h1/on-check-databases', 'echo "MariaDB 10.11 cannot read"; exit 1\n');
  const refused = await run('roll-back', 'h1', '--to', name);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /cannot read[\s\S]*Nothing was changed\./);
  const unknown = await run('roll-back', 'h1', '--to', '0000000000-000000');
  assert.match(unknown.stdout, /has no version '0000000000-000000'/);
  await put('h1/lost', '');
  const lost = await run('roll-back', 'h1', '--to', '0000000000-000000');
  assert.match(lost.stdout, /its connection was lost/);
  assert.doesNotMatch(lost.stdout, /has no version/);
});

test('what is not committed, or not built, is not deployed', async (context) => {
  const { folder, run, put, git } = await prepareControlMachine();
  context.after(folder.remove);
  await put('here/no-images', '');
  const unbuilt = await run('deploy', 'h1', '--no-build');
  assert.equal(unbuilt.code, 1);
  assert.match(unbuilt.stderr, /Docker on this machine has no images of static\. Omit --no-build/);
  await put('checkout/README.md', 'y\n');
  assert.match((await run('deploy', 'h1')).stderr, /has uncommitted changes/);
  git('checkout', '--quiet', 'README.md');
  await rm(join(folder.path, 'checkout/.git'), { recursive: true });
  assert.match((await run('deploy', 'h1')).stderr, /is not a git checkout/);
});

test('--dry-run prints the version that each server has and would get', async (context) => {
  const { folder, run, read, put } = await prepareControlMachine();
  context.after(folder.remove);
  await put('h1/etc/freehold/host.env', 'FREEHOLD_VERSION=v0\n');
  const { stdout } = await run('deploy', 'h1', 'h2', '--no-build', '--dry-run');
  assert.match(stdout, /^h1: .*Would switch from version v0 to version [0-9a-f]{10}-[0-9a-f]{6}\. Nothing/m);
  assert.match(stdout, /^h2: .*Would switch from no version to version/m);
  assert.equal(await read('h1/calls'), '');
});

test('an interrupted deploy ends at once, and lets go of the server', async (context) => {
  const { folder, fake, start, read, put } = await prepareControlMachine();
  context.after(folder.remove);
  await put('h1/on-prepare', 'while kill -0 "$PPID"; do sleep 0.1; done\n');
  const child = start('deploy', 'h1', '--no-build');
  const said = text(child.stderr);
  await waitFor('the step', async () => (await read('h1/calls')) !== '');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  assert.match(await said, /Stopped by SIGTERM/);
  const lock = join(fake, 'h1/run/freehold-deploy.lock');
  await waitFor('the end of the hold', async () => {
    const flock = spawn('flock', ['--nonblock', lock, 'true']);
    return (await once(flock, 'exit'))[0] === 0;
  });
});

test('a command runs on each server, and what it prints is no command for the terminal', async (context) => {
  const { folder, run, put } = await prepareControlMachine();
  context.after(folder.remove);
  const { code, stdout } = await run(
    'run',
    'h1',
    'h2',
    '--',
    'printf',
    'a\\tb\\033[31m it is %s\\n',
    "this 'one'",
  );
  assert.equal(code, 0);
  for (const server of ['h1', 'h2'])
    assert.ok(stdout.includes(`${server}: a    b[31m it is this 'one'\n`), stdout);
  assert.match(stdout, /Done: h1 h2/);
  await put('h2/away', '');
  const failed = await run('run', 'h1', 'h2', '--', 'sh', '-c', 'exit 3');
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /^h1: .*failed with exit code 3/m);
  assert.match(failed.stdout, /^h2: .*Cannot reach h2, or its connection was lost/m);
  assert.match(failed.stderr, /Failed: h1 h2/);
});

test('wrong arguments end with 2 before any server is reached', async (context) => {
  const { folder, run, read } = await prepareControlMachine();
  context.after(folder.remove);
  for (const words of [
    ['deploy'],
    ['deploy', 'h1', 'h2', '--name', 'x'],
    ['deploy', 'all'],
    ['roll-back', 'h1'],
    ['roll-back', 'h1', '--to', '../x'],
    ['run', 'h1'],
    ['deploy', '-x'],
  ])
    assert.equal((await run(...words)).code, 2, words.join(' '));
  assert.equal((await read('h1/calls')) + (await read('saved')), '');
});
