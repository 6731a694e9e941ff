// The command as a whole, from its arguments to its exit code; in the place of ssh is a program that answers for servers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { runProgram } from './edge/run-program.ts';

const main = join(import.meta.dirname, 'main.ts');
const signal = new AbortController().signal;

// Its last word is the command, the one before it the server: h1, h5 and h6 are hosts, h2 is of an older version, h3 away,
// h4 no host.
const ssh = `#!/bin/bash
server=\${*: -2:1} command=\${!#}
printf '%s\\n' "$*" >>"$CALLS"
case "$server" in
  h1 | h5 | h6) SERVER=$server eval "$command" ;;
  h2) echo 'sh: 1: exec: /usr/local/bin/freehold: not found' >&2; exit 127 ;;
  h3) echo 'ssh: connect to host h3 port 22: Connection refused' >&2; exit 255 ;;
  h4) echo 'Hello, I am a router'; exit 0 ;;
esac
`;

async function prepare() {
  const folder = await temporaryFolder();
  const bin = join(folder.path, 'bin');
  const scripts = join(folder.path, 'scripts');
  for (const one of [bin, scripts]) await mkdir(one);
  const put = async (path: string, text: string) => {
    await writeFile(path, text);
    await chmod(path, 0o755);
  };
  await put(join(bin, 'ssh'), ssh);
  // Root does not need sudo.
  await put(join(bin, 'id'), '#!/bin/sh\necho 0\n');
  const calls = join(folder.path, 'calls');
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    CALLS: calls,
    FREEHOLD_SCRIPTS: scripts,
    XDG_CONFIG_HOME: folder.path,
  };
  const run = (...args: string[]) => runProgram(process.execPath, [main, ...args], { signal, env });
  return { folder, scripts, put, run, env };
}

test('exit codes are 0, 1 and 2, and the last line has the reason, without a prefix for the journal', async (context) => {
  const { folder, run } = await prepare();
  context.after(() => folder.remove());
  const outcomes = [await run('help'), await run('site', 'list'), await run('site', 'lst')];
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    [0, 1, 2],
  );
  assert.match(outcomes[1]?.stderr ?? '', /^This machine is not a freehold host .*--on/);
  assert.match(outcomes[2]?.stderr ?? '', /^Unknown command 'lst'/);
});

test('a command ends quietly when its output is no longer read', async (context) => {
  const { folder, env } = await prepare();
  context.after(() => folder.remove());
  const child = spawn(process.execPath, [main, 'help'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  assert.equal(await text(child.stderr), '');
});

test('options that cannot be combined with --on are refused before any server is contacted', async (context) => {
  const { folder, run } = await prepare();
  context.after(() => folder.remove());
  for (const [line, reason] of [
    ['site logs a.test --follow --on h1', /^--follow cannot be combined with --on/],
    ['site add a.test --on all', /^'freehold site add' works on one server at a time/],
    ['site add a.test --on h1,h2', /^'h1,h2' is not a server/],
    ['cert check ./a.test.pem --on h1', /^'\.\/a\.test\.pem' is a file on this machine/],
    ['cert check a.test --domain b.test --on h1', /^--domain cannot be combined with --on/],
    ['site list --on -x', /^'-x' is not a server/],
  ] as const) {
    const { code, stderr } = await run(...line.split(' '));
    assert.match(stderr, reason);
    assert.equal(code, 2);
  }
});

test('commands that delete ask first; without a terminal they need --yes', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  const refused = await run('site', 'remove', 'a.test', '--delete-data');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^Remove a\.test and delete all its data\? .*--yes/);
  const forgets = await run('site', 'move', 'a.test', 'h1', 'h2', '--forget');
  assert.equal(forgets.code, 2);
  assert.match(forgets.stderr, /^Have h1 forget a\.test\? .*--yes/);
  for (const option of ['--yes', '--dry-run'])
    assert.match(
      (await run('site', 'remove', 'a.test', option)).stderr,
      /^This machine is not a freehold host/,
    );
  await put(join(folder.path, 'bin/sh'), '#!/bin/bash\necho "$*"\n');
  assert.match(
    (await run('site', 'remove', 'a.test', '--delete-data', '--yes', '--on', 'h1')).stdout,
    /'site' 'remove' '--delete-data' '--yes' '--' 'a\.test'/,
  );
});

test('--on combines the answers of servers, and explains those that have none', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  // In the place of the command on h1: the command line there is what is tested.
  const there = join(folder.path, 'bin/exec-there');
  await put(
    there,
    '#!/bin/sh\necho \'[{"domain":"a.test","app":"static","unit":"active","later":1}]\'; echo "a.test: a note" >&2\n',
  );
  await put(join(folder.path, 'bin/sh'), `#!/bin/bash\nexec ${there} "$@"\n`);
  await writeFile(join(folder.path, 'none'), '');
  await mkdir(join(folder.path, 'freehold'));
  await writeFile(join(folder.path, 'freehold/servers'), 'h1\nh2\nh3\nh4\n');
  const { code, stdout, stderr } = await run('site', 'list', '--on', 'all');
  assert.equal(code, 1);
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'SERVER  DOMAIN  APP     UNIT    BACKEND  CHECK  CERTIFICATE',
    'h1      a.test  static  active  -        -      -',
  ]);
  const reasons = stderr.trimEnd().split('\n');
  assert.equal(reasons.shift(), 'h1: a.test: a note');
  assert.match(reasons[0] ?? '', /^h2 does not have the command freehold: .*'freehold server deploy h2'/);
  assert.match(reasons[1] ?? '', /^Cannot reach h3: ssh: connect .* refused/);
  assert.match(reasons[2] ?? '', /^h4 sent an answer that is not JSON/);
  const json = JSON.parse((await run('site', 'list', '--on', 'h1', '--json')).stdout);
  assert.deepEqual(json, [
    {
      server: 'h1',
      domain: 'a.test',
      app: 'static',
      unit: 'active',
      backend: null,
      check: null,
      certificateEnds: null,
    },
  ]);
});

test('site list --on all --json has the sites of three servers in one list, in the order of the servers', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  // The first server is the slowest.
  await put(
    join(folder.path, 'bin/sh'),
    `#!/bin/bash
[ "$SERVER" != h1 ] || sleep 1
echo "[{\\"domain\\":\\"a.$SERVER.test\\",\\"app\\":\\"static\\",\\"unit\\":\\"active\\"},{\\"domain\\":\\"b.$SERVER.test\\",\\"app\\":\\"static\\",\\"unit\\":\\"failed\\"}]"
`,
  );
  await mkdir(join(folder.path, 'freehold'));
  await writeFile(join(folder.path, 'freehold/servers'), 'h1\nh5 # the second\nh6\n');
  const { code, stdout, stderr } = await run('site', 'list', '--on', 'all', '--json');
  assert.equal(code, 0, stderr);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  assert.deepEqual(
    rows.map(({ server, domain, unit }) => [server, domain, unit]),
    ['h1', 'h5', 'h6'].flatMap((server) => [
      [server, `a.${server}.test`, 'active'],
      [server, `b.${server}.test`, 'failed'],
    ]),
  );
});

test('server list has a row for each server, whether it answers or not', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  const status = '{"host":"h1.test","version":"v1","sites":3,"serving":2}';
  await put(
    join(folder.path, 'bin/sh'),
    `#!/bin/bash\necho '${status}'; echo 'h1.test has problems' >&2; exit 1\n`,
  );
  const { code, stdout } = await run('server', 'list', 'h1', 'h3', '--json');
  assert.equal(code, 1);
  const [first, second] = JSON.parse(stdout);
  assert.deepEqual(first, {
    server: 'h1',
    host: 'h1.test',
    reached: true,
    version: 'v1',
    sites: 3,
    serving: 2,
    problem: 'h1.test has problems',
  });
  assert.equal(second.reached, false);
  assert.match(second.problem, /^Cannot reach h3/);
});

test('a change on servers prints each line with its server, and asks only here', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  await put(join(folder.path, 'bin/sh'), '#!/bin/bash\nshift; echo "$*"; echo note >&2\n');
  const { code, stdout, stderr } = await run('mail', 'remove', 'i@a.test', '--yes', '--on', 'h1,h3');
  assert.equal(code, 1);
  assert.match(stdout, /^h1: .*'\/usr\/local\/bin\/freehold' 'mail' 'remove' '--yes' '--' 'i@a\.test'/);
  assert.match(stderr, /^h1: note$/m);
  assert.match(stderr, /^h3: Cannot reach h3/m);
  assert.match(stderr, /^Failed on h3; the reasons are above\.$/m);
});

test('arguments that all servers refuse end with 2, and a failure among them with 1', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  await put(join(folder.path, 'bin/sh'), '#!/bin/bash\necho "\'a\' is no limit." >&2; exit 2\n');
  for (const [line, code] of [
    ['site logs a.test --lines x --on h1', 2],
    ['site logs a.test --lines x --on h1,h3', 1],
    ['site set a.test a=1 --on h1', 2],
    ['site set a.test a=1 --on h1,h3', 1],
  ] as const) {
    assert.equal((await run(...line.split(' '))).code, code, line);
  }
});

test('a server of another version is reported, and the others are shown', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  await put(join(folder.path, 'bin/sh'), '#!/bin/bash\necho \'{"host":"h1.test"}\'\n');
  const { code, stderr } = await run('status', '--on', 'h1');
  assert.equal(code, 1);
  assert.match(stderr, /^h1 answered without 'version', 'programs', .*: its version differs\.\n$/);
});

test('cert install sends each file to the server, and one that is refused leaves the others alone', async (context) => {
  const { folder, put, run } = await prepare();
  context.after(() => folder.remove());
  await put(
    join(folder.path, 'bin/sh'),
    '#!/bin/bash\necho "$2: $(cat)"; [[ $2 != *a.test* ]] || { echo "it is not for a.test" >&2; exit 1; }\n',
  );
  const files = ['a.test.pem', 'b.test.pem'].map((name) => join(folder.path, name));
  for (const file of files) await writeFile(file, `text of ${file}`);
  const { code, stdout, stderr } = await run('cert', 'install', ...files, '--on', 'h1');
  assert.equal(code, 1);
  assert.match(stdout, /receive-certificate\.sh' 'b\.test'.*: text of .*b\.test\.pem$/m);
  assert.match(stderr, /^it is not for a\.test\n.*refused .*a\.test\.pem.*\nRefused: \S+a\.test\.pem \(/m);
  const { certificate, key } = await makeCertificate(['b.test', 'www.b.test']);
  await writeFile(files[1] ?? '', certificate + key);
  const checked = await run('cert', 'install', ...files, '--on', 'h1', '--dry-run');
  assert.match(checked.stdout, /^Would install .*b\.test\.pem for b\.test: it is valid for \d+ days\./);
  assert.match(checked.stderr, /^Cannot install the certificate for a\.test: .*\nRefused: /);
  for (const [words, reason] of [
    [[join(folder.path, 'c.test.pem')], /Cannot read a certificate from .*: no such file/],
    [files.slice(0, 1).concat('--on', 'all'), /works on one server at a time/],
  ] as const) {
    const refused = await run('cert', 'install', ...words);
    assert.match(refused.stderr, reason);
    assert.equal(refused.code, 2);
  }
});
