// 'freehold server deploy', 'roll-back' and 'run' as a whole on a control machine; in the place of ssh and Docker are
// programs that answer for two servers, each in a folder of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';

const main = join(import.meta.dirname, 'main.ts');
const scripts = join(import.meta.dirname, '../../../scripts');

// The last word is the command line, which is read by a shell; what it finds in /run, /opt and /etc is the server's own.
const ssh = `#!/bin/bash
export SERVER=\${*: -2:1}
command=\${!#} at=$FAKE/$SERVER
[ ! -e "$at/away" ] || { echo "ssh: connect to host $SERVER port 22: No route to host" >&2; exit 255; }
case "$command" in *"'hold-for-deploy'"*) echo $$ >"$at/holder" ;; esac
for folder in run opt etc; do command=\${command//\\/$folder\\/freehold/$at\\/$folder\\/freehold}; done
command=\${command//\\/opt\\/./$at\\/opt\\/.}
eval "$command"
`;
const docker = `#!/bin/bash
at=$FAKE/\${SERVER:-here}
case "$1 $2 $3" in
  'image inspect --format')
    for image in "\${@:5}"; do case "$4" in *Id*) echo "id-$image" ;; *json*) echo '["base","own"]' ;; *) echo "made of $image" ;; esac; done ;;
  'image inspect '*) [ ! -e "$at/no-images" ] ;;
  'image ls '*) ;;
  'tag '*) [ -z "$SERVER" ] || grep -qs "$2" "$at/loaded" ;;
  'save '*)
    echo saved >>"$FAKE/saved"; folder=$(mktemp -d)
    echo '[{"RepoTags":["'$2'"],"Layers":["own.tar"]}]' >"$folder/manifest.json"; printf '%s' "id-$2" >"$folder/own.tar"
    tar -C "$folder" -c .; rm -r "$folder" ;;
  'load '*) gzip -dc | tar -xO ./own.tar >>"$at/loaded" ;;
esac
`;
const step = (name: string) => `#!/bin/bash
echo "$(basename "$0") $*" >>"$FAKE/$SERVER/calls"
[ ! -e "$FAKE/$SERVER/on-${name}" ] || . "$FAKE/$SERVER/on-${name}"
echo "[   0 s] ${name} of $SERVER"
`;

async function prepare() {
  const folder = await temporaryFolder();
  const fake = folder.path;
  const put = async (path: string, content: string) => {
    await mkdir(join(fake, path, '..'), { recursive: true });
    await writeFile(join(fake, path), content);
    await chmod(join(fake, path), 0o755);
  };
  await put('bin/ssh', ssh);
  await put('bin/docker', docker);
  await put('bin/id', '#!/bin/sh\necho 0\n');
  await put('checkout/scripts/setup/images.sh', 'images=(static)\n');
  for (const name of ['prepare', 'switch-version', 'check-databases'])
    await put(`checkout/scripts/host/${name}.sh`, step(name));
  for (const path of ['lib.sh', 'host/hold-for-deploy.sh', 'host/receive-files.sh'])
    await copyFile(join(scripts, path), join(fake, 'checkout/scripts', path));
  for (const path of ['unit-files/x', 'docs/x', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    await put(`checkout/${path}`, 'x\n');
  const git = (...words: string[]) =>
    execFileSync('git', [
      '-c',
      'user.name=T',
      '-c',
      'user.email=t@test',
      '-C',
      join(fake, 'checkout'),
      ...words,
    ]);
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'All');
  for (const server of ['h1', 'h2'])
    for (const path of ['run', 'opt', 'etc']) await mkdir(join(fake, server, path), { recursive: true });
  await mkdir(join(fake, 'tmp'));
  const env = {
    ...{ ...process.env, PATH: `${fake}/bin:${process.env.PATH}`, FAKE: fake, TMPDIR: `${fake}/tmp` },
    ...{ FREEHOLD_SCRIPTS: join(fake, 'checkout/scripts'), FREEHOLD_CONFIG: join(fake, 'config') },
  };
  const start = (...words: string[]) =>
    spawn(process.execPath, [main, 'server', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const run = async (...words: string[]) => {
    const child = start(...words);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code, stdout, stderr };
  };
  const read = async (path: string) => readFile(join(fake, path), 'utf8').catch(() => '');
  const version = async () =>
    (await readdir(join(fake, 'h1/opt'))).find((name) => name.startsWith('freehold-')) ?? '';
  return { folder, fake, put, run, start, read, version, git };
}

test('two servers get the files and the images, which are saved once, and switch; again, nothing is sent', async (context) => {
  const { folder, fake, run, read, version } = await prepare();
  context.after(folder.remove);
  const { code, stdout, stderr } = await run('deploy', 'h1', 'h2', '--no-build');
  assert.equal(code, 0, stdout + stderr);
  const name = (await version()).slice('freehold-'.length);
  assert.match(name, /^[0-9a-f]{10}-[0-9a-f]{6}$/);
  assert.match(stdout, new RegExp(`^\\[ {3}\\d s\\] Version ${name}: this commit, and 1 images$`, 'm'));
  for (const server of ['h1', 'h2']) {
    const calls = (await read(`${server}/calls`)).trim().split('\n');
    assert.deepEqual(calls.slice(-2), [`prepare.sh ${server}`, `switch-version.sh ${name} ${server}`]);
    assert.equal(await read(`${server}/opt/freehold-${name}/README.md`), 'x\n');
    assert.deepEqual(await readdir(join(fake, server, 'opt')), [`freehold-${name}`]);
    assert.equal(await read(`${server}/loaded`), `id-freehold/static:${name}`);
    assert.match(stdout, new RegExp(`^${server}: \\[ .* Sending images: \\S+ of \\S+, as`, 'm'));
    assert.match(stdout, new RegExp(`^${server}: \\[   0 s\\] switch-version of ${server}$`, 'm'));
  }
  assert.match(stdout, /^\[.*\] Done: h1 h2$/m);
  assert.equal(await read('saved'), 'saved\n');
  assert.equal(await read('config/names'), 'h1 h1\nh2 h2\n');
  assert.deepEqual(await readdir(join(fake, 'tmp')), []);
  const again = await run('deploy', 'h1', 'h2', '--no-build');
  assert.equal(again.code, 0);
  assert.doesNotMatch(again.stdout, /Sending/);
});

test('a server that somebody else deploys to is left alone, and the others are deployed', async (context) => {
  const { folder, fake, run, read, put } = await prepare();
  context.after(folder.remove);
  await put('h1/run/freehold-deploy.lock', 'ann@one, since today\n');
  const other = spawn('flock', [join(fake, 'h1/run/freehold-deploy.lock'), 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  const { code, stdout, stderr } = await run('deploy', 'h1', 'h2', '--no-build');
  other.stdin.end();
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^h1: Cannot deploy to this server: ann@one, since today is deploying to it just now\.$/m,
  );
  assert.match(stdout, /^h1: .*Nothing was changed on h1\.$/m);
  assert.match(stdout, /Done: h2$/m);
  assert.match(stderr, /Failed: h1 \(the reasons are above\)\.$/m);
  assert.equal(await read('h1/calls'), '');
});

test('a run whose connection that holds the server breaks stops before the next step', async (context) => {
  const { folder, run, read, put } = await prepare();
  context.after(folder.remove);
  await put('h1/on-prepare', 'kill -KILL "$(cat "$FAKE/h1/holder")"; sleep 1\n');
  const { code, stdout } = await run('deploy', 'h1', '--no-build');
  assert.equal(code, 1);
  assert.match(stdout, /^h1: .*Stopped before the step 'send-images': .* Run this again\.$/m);
  assert.equal(await read('h1/loaded'), '');
});

test('a server that is held for another run by now refuses the next step, though this run does not know', async (context) => {
  const { folder, run, read, put } = await prepare();
  context.after(folder.remove);
  await put('h1/on-prepare', 'echo "ann@one, run 2" >"$FAKE/h1/run/freehold-deploy.lock"\n');
  const { code, stdout } = await run('deploy', 'h1', '--no-build');
  assert.equal(code, 1);
  assert.match(stdout, /^h1: This run holds the server no longer: .*Run this again\.$/m);
  assert.equal(await read('h1/loaded'), '');
  assert.doesNotMatch(await read('h1/calls'), /switch/);
});

test('a server that is not reached, or whose step fails, has its reason in a line of its own', async (context) => {
  const { folder, run, put } = await prepare();
  context.after(folder.remove);
  await put('h1/away', '');
  await put('h2/on-switch-version', 'echo broken; exit 1\n');
  const { code, stdout } = await run('deploy', 'h1', 'h2', '--no-build');
  assert.equal(code, 1);
  assert.match(stdout, /^h1: ssh: .*No route[\s\S]*^h1: .*was not reached, or was lost on the way/m);
  assert.match(stdout, /^h2: broken$/m);
  assert.match(stdout, /^h2: .*switch-version\.sh failed there with exit code 1/m);
});

test('a server goes to a version that it has, once the one in use has looked at its databases', async (context) => {
  const { folder, run, read, put, version } = await prepare();
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
});

test('what is not committed, or not built, is not deployed', async (context) => {
  const { folder, run, put, git } = await prepare();
  context.after(folder.remove);
  await put('here/no-images', '');
  const unbuilt = await run('deploy', 'h1', '--no-build');
  assert.equal(unbuilt.code, 1);
  assert.match(unbuilt.stderr, /Docker here has no image of static: leave --no-build out/);
  await put('checkout/README.md', 'y\n');
  assert.match((await run('deploy', 'h1')).stderr, /has changes that are not committed/);
  git('checkout', '--quiet', 'README.md');
  await rm(join(folder.path, 'checkout/.git'), { recursive: true });
  assert.match((await run('deploy', 'h1')).stderr, /is no git checkout/);
});

test('--dry-run prints the version that each server has and would get', async (context) => {
  const { folder, run, read, put } = await prepare();
  context.after(folder.remove);
  await put('h1/etc/freehold/host.env', 'FREEHOLD_VERSION=v0\n');
  const { stdout } = await run('deploy', 'h1', 'h2', '--no-build', '--dry-run');
  assert.match(stdout, /^h1: .*Would switch from version v0 to version [0-9a-f]{10}-[0-9a-f]{6}\. Nothing/m);
  assert.match(stdout, /^h2: .*Would switch from no version to version/m);
  assert.equal(await read('h1/calls'), '');
});

test('an interrupted deploy ends at once, and lets go of the server', async (context) => {
  const { folder, fake, start, read, put } = await prepare();
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
  const { folder, run, put } = await prepare();
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
  assert.match(failed.stdout, /^h2: .*compare it with what the server's console says/m);
  assert.match(failed.stderr, /Failed: h1 h2/);
});

test('wrong arguments end with 2 before any server is reached', async (context) => {
  const { folder, run, read } = await prepare();
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
