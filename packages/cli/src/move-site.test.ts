// 'freehold site move' as a whole on a control machine; in the place of ssh is a program that answers for both servers,
// as servers of any version do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { outcomeOf } from './fake-servers.ts';

const main = join(import.meta.dirname, 'main.ts');

// The last word is the command line, which is read by a shell; what it would run is $FAKE/SERVER.
const ssh = `#!/bin/bash
server=\${*: -2:1} command=\${!#}
[ ! -e "$FAKE/$server-away" ] || { echo "ssh: connect to host $server port 22: No route to host" >&2; exit 255; }
printf '%s\\n' "$*" >>"$FAKE/options"
export SERVER=$server
eval "\${command//\\/opt\\/freehold\\/scripts\\/host/$FAKE/bin}"
`;
const step = `#!/bin/bash
domain=$1 step=$2; shift 2
echo "$SERVER $step $*" >>"$FAKE/calls"
[ ! -e "$FAKE/$SERVER-fails-$step" ] || { echo "no $step today" >&2; exit 1; }
[ ! -e "$FAKE/$SERVER-hangs-$step" ] || { echo >>"$FAKE/hangs"; while kill -0 "$PPID"; do sleep 0.1; done; }
case "$step" in
  hold) echo held; cat >/dev/null; echo "$SERVER hold ended" >>"$FAKE/calls" ;;
  state) cat "$FAKE/$SERVER" ;;
  describe) echo '2048 200 - h1.test 01ab' ;;
  copy | copy-last) head -c 300000 /dev/zero ;;
  receive | take-over) wc -c | tr -d ' ' >>"$FAKE/received" ;;
  mail) printf '/mail/a.test/info\\n["x"]\\n' ;;
  take-mail) cat >>"$FAKE/received" ;;
  finish) echo apart ;;
esac
`;

async function prepare(here = 'site static', there = 'none') {
  const folder = await temporaryFolder();
  const fake = folder.path;
  await mkdir(join(fake, 'bin'));
  const put = async (path: string, content: string) => {
    await writeFile(join(fake, path), content);
    await chmod(join(fake, path), 0o755);
  };
  await put('bin/ssh', ssh);
  await put('bin/id', '#!/bin/sh\necho 0\n');
  for (const name of ['move-from.sh', 'move-to.sh']) await put(`bin/${name}`, step);
  await put('h1', here);
  await put('h2', there);
  await mkdir(join(fake, 'tmp'));
  const env = { ...process.env, PATH: `${fake}/bin:${process.env.PATH}`, FAKE: fake, TMPDIR: `${fake}/tmp` };
  const start = (...words: string[]) =>
    spawn(process.execPath, [main, 'site', 'move', 'a.test', 'h1', 'h2', '--yes', ...words], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const run = (...words: string[]) => outcomeOf(start(...words));
  const read = async (name: string) => readFile(join(fake, name), 'utf8').catch(() => '');
  const calls = async () => (await read('calls')).trim().split('\n');
  return { folder, put, run, start, read, calls };
}

/** The steps, without those that hold the site. */
const steps = (calls: readonly string[]) =>
  calls.filter((call) => !call.includes(' hold ')).map((call) => call.trim());

test('a move calls one step after the other, and what one server sends the other gets', async (context) => {
  const { folder, run, read, calls } = await prepare();
  context.after(folder.remove);
  const { code, stdout, stderr } = await run('--pause', '9');
  assert.equal(code, 0, stderr);
  const made = await calls();
  assert.deepEqual(steps(made).sort(), [
    'h1 copy',
    'h1 copy-last 9',
    'h1 describe',
    'h1 give',
    'h1 leave',
    'h1 mail',
    'h1 state',
    'h2 announce',
    'h2 begin static 200 h1.test 01ab',
    'h2 check static 2048 200 -',
    'h2 finish',
    'h2 receive',
    'h2 state',
    'h2 take-mail',
    'h2 take-over',
  ]);
  const at = (call: string) => steps(made).indexOf(call);
  for (const [earlier, later] of [
    ['h2 take-over', 'h1 give'],
    ['h1 give', 'h2 announce'],
    ['h2 announce', 'h1 leave'],
    ['h1 leave', 'h2 finish'],
  ] as const)
    assert.ok(at(earlier) < at(later), `${earlier} before ${later}`);
  assert.equal(await read('received'), '300000\n/mail/a.test/info\n["x"]\n300000\n');
  assert.match(
    stdout,
    /Copying a\.test to h2[\s\S]*Stopping a\.test at h1[\s\S]*a\.test is served by h2 now, \d+ ms after/,
  );
  assert.match(stdout, /a\.test is at h2 now\. Point DNS there, then run: .*a\.test h1 h2 --forget$/m);
  assert.match(made[0] ?? '', /hold \S+@\S+, since /);
  assert.equal(made.filter((call) => call.includes('hold ended')).length, 2);
  assert.match(await read('options'), /StrictHostKeyChecking=yes .*ControlPath=.*\/%C/);
  assert.deepEqual(await readdir(join(folder.path, 'tmp')), []);
});

for (const [failing, recovery, message] of [
  ['h2-fails-check', [], /a\.test was not moved and stays at h1;.*Nothing was changed\.$/m],
  ['h2-fails-receive', ['h1 resume', 'h2 discard'], /a\.test was not moved and still runs at h1/],
  ['h2-fails-take-over', ['h1 resume', 'h2 discard'], /The move failed: a\.test restarts at h1/],
  ['h1-fails-give', ['h1 state', 'h1 resume', 'h2 discard'], /a\.test was not moved and runs at h1 again/],
  ['h1-fails-leave', [], /a\.test is at h2 now, but the move is not finished;.*Run this again\.$/m],
] as const) {
  test(`where ${failing.replaceAll('-', ' ')}, the site stays where it is in use`, async (context) => {
    const { folder, put, run, calls } = await prepare();
    context.after(folder.remove);
    await put(failing, '');
    const { code, stderr } = await run();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${failing.slice(0, 2)}: no ${failing.slice(9)} today`));
    assert.match(stderr, message);
    const made = steps(await calls());
    const failed = made.findLastIndex((call) => call.startsWith(failing.replace('-fails-', ' ')));
    const after = made.slice(failed + 1).filter((call) => /resume|discard|state/.test(call));
    assert.deepEqual(after, [...recovery]);
  });
}

test('if the old server does not cancel the move, the copy at the new one stays, as it may be the only one', async (context) => {
  const { folder, put, run, calls } = await prepare();
  context.after(folder.remove);
  // As after another run has moved it meanwhile.
  await put('h1-fails-resume', '');
  await put('h2-fails-take-over', '');
  const { code, stderr } = await run();
  assert.equal(code, 1);
  assert.match(stderr, /Cannot cancel the move at h1\..* Its copy at h2 stays\. Run this again\./);
  const made = steps(await calls());
  assert.ok(made.includes('h1 resume') && !made.includes('h2 discard'), made.join(', '));
});

test('what an earlier run has left is finished or deleted', async (context) => {
  const given = await prepare('given static', 'ready h1.test');
  context.after(given.folder.remove);
  const bin = '#!/bin/sh\necho h1.test\n';
  await given.put('bin/sed', bin);
  assert.equal((await given.run()).code, 0);
  const finished = steps(await given.calls()).filter((call) => !call.endsWith(' state'));
  assert.deepEqual(finished, ['h2 announce', 'h1 leave', 'h2 finish']);
  await given.put('bin/sed', '#!/bin/sh\necho h9.test\n');
  assert.match(
    (await given.run()).stderr,
    /to h2: it began at h1\.test, but h1 is the host 'h9\.test'\. Run this again with the server of h1\.test/,
  );
  const left = await prepare('site static', 'unfinished');
  context.after(left.folder.remove);
  const { stdout } = await left.run();
  assert.match(stdout, /Deleting the rest of an earlier move at h2/);
});

test('a server that is away, or whose site is held by another run, changes nothing', async (context) => {
  const { folder, put, run, calls } = await prepare();
  context.after(folder.remove);
  await put('h2-away', '');
  const away = await run();
  assert.equal(away.code, 1);
  assert.match(
    away.stderr,
    /h2: ssh: .*No route[\s\S]*Cannot reach h2[\s\S]*a\.test was not moved\. Nothing was changed\.$/m,
  );
  const { folder: other, put: putOther, run: runOther, calls: callsOther } = await prepare();
  context.after(other.remove);
  await putOther('h1-fails-hold', '');
  assert.match((await runOther()).stderr, /h1: no hold today[\s\S]*a\.test was not moved/);
  for (const made of [await calls(), await callsOther()]) assert.deepEqual(steps(made), []);
});

test('an interrupted run ends at once, reports where the site is, and releases both servers', async (context) => {
  const { folder, put, start, read, calls } = await prepare();
  context.after(folder.remove);
  await put('h2-hangs-take-over', '');
  const child = start();
  const said = text(child.stderr);
  await waitFor('the pause', async () => (await read('hangs')) !== '');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 1);
  // On a machine that is very busy, the process is ended before it can print that.
  assert.match(
    await said,
    /Interrupted\. a\.test was not moved\. It restarts at h1 within 120 s of its stop|forced to exit/,
  );
  assert.ok(!steps(await calls()).some((call) => /give|discard/.test(call)));
});

test('--dry-run asks both servers, and prints what would be done', async (context) => {
  const { folder, run, calls } = await prepare();
  context.after(folder.remove);
  const { code, stdout } = await run('--dry-run');
  assert.equal(code, 0);
  assert.match(stdout, /Steps of the move: describe, check, begin, .*Nothing was changed\./);
  assert.deepEqual(steps(await calls()), ['h1 state', 'h2 state']);
});

test('invalid arguments end with code 2 before any server is contacted', async (context) => {
  const { folder, run, read } = await prepare();
  context.after(folder.remove);
  for (const words of [['--pause', '0'], ['--pause', 'x'], ['h3'], ['--x']]) {
    assert.equal((await run(...words)).code, 2, words.join(' '));
  }
  assert.equal(await read('calls'), '');
});
