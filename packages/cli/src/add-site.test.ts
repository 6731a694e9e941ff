// 'freehold site add --on SERVER' as a whole: what a control machine sends and calls. In the place of ssh is a program that
// answers for the server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outcomeOf } from './fake-servers.ts';
import { prepareUploadServer } from './fake-upload-server.ts';

const main = join(import.meta.dirname, 'main.ts');

const add = `#!/bin/bash
echo "add-site.sh $*" >>"$FAKE/calls"
cat >>"$FAKE/calls"
printf '[   1 s] Served\\033[31m\\n'
echo 'a\treason' >&2
exit "$(cat "$FAKE/code" 2>/dev/null || echo 0)"
`;

async function prepare(context: TestContext) {
  const { fake, put, env, readCalls } = await prepareUploadServer(
    context,
    `echo "This host has no app '$2'." >&2; exit 2`,
  );
  await put('opt/scripts/add-site.sh', add);
  const run = async (words: readonly string[], input = '') => {
    const child = spawn(process.execPath, [main, 'site', 'add', ...words], { cwd: fake, env, stdio: 'pipe' });
    child.stdin.on('error', () => undefined).end(input);
    const outcome = await outcomeOf(child as never);
    return { ...outcome, calls: await readCalls() };
  };
  return { fake, put, run };
}

test('a folder of pages is sent to where import finds pages, and added there', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/public_html/index.html', 'x');
  const { code, stdout, stderr, calls } = await run(['a.test', '--on', 'h1', '--from', './site']);
  assert.equal(code, 0, stderr);
  assert.deepEqual(calls.trimEnd().split('\n'), [
    'receive-delivery.sh a.test static folder',
    './static/www-content/',
    './static/www-content/index.html',
    './.whole',
    'add-site.sh a.test --take /data/import/.add-a.test',
  ]);
  assert.match(stdout, /^\[ +\d+ s\] Sending \.\/site to h1\n\[ {3}1 s\] Served\\u001b\[31m\n$/);
  assert.equal(stderr, 'a    reason\n');
});

test('an archive is sent as it is, with its size', async (context) => {
  const { put, run } = await prepare(context);
  await put('My Site.ZIP', 'archive\n');
  const { calls } = await run(['a.test', '--on', 'h1', '--app', 'wordpress', '--from', 'My Site.ZIP']);
  assert.deepEqual(calls.trimEnd().split('\n'), [
    'receive-delivery.sh a.test wordpress .zip 8',
    'archive',
    'add-site.sh a.test --app wordpress --take /data/import/.add-a.test.zip',
  ]);
});

test('a source with a file that cannot be read is not sent', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/index.html', 'x');
  // As root, everything is readable.
  await put('bin/find', '#!/bin/sh\necho "$2/secret"\n');
  const { code, stderr, calls } = await run(['a.test', '--on', 'h1', '--from', './site']);
  assert.deepEqual([code, calls], [1, '']);
  assert.match(
    stderr,
    /^Cannot send \.\/site: '\.\/site\/secret' is not readable\. Nothing was sent\. Change/,
  );
});

test('the address of a repository is in no command line there', async (context) => {
  const { run } = await prepare(context);
  const { code, calls } = await run(
    ['a.test', '--on', 'h1', '--git', '-'],
    'https://me:s3cret@git.test/x.git\n',
  );
  assert.equal(code, 0);
  assert.equal(calls, 'add-site.sh a.test --git -\nhttps://me:s3cret@git.test/x.git\n');
  const refused = await run(['a.test', '--on', 'h1', '--git', 'https://me:s3cret@git.test/x.git']);
  assert.equal(refused.code, 2);
  assert.doesNotMatch(refused.stdout + refused.stderr, /s3cret/);
});

test('the address is read from standard input or a file, and has to be one line', async (context) => {
  const { put, run } = await prepare(context);
  await put('address', 'https://git.test/x.git main\n');
  const { calls } = await run(['a.test', '--on', 'h1', '--git-file', 'address']);
  assert.equal(calls, 'add-site.sh a.test --git -\nhttps://git.test/x.git main\n');
  for (const [options, input, reason] of [
    [['--git-file', 'none'], '', /Cannot read the repository's address from 'none': no such file/],
    [['--git', '-'], '', /for --git is empty/],
    [['--git', '-'], 'one\ntwo\n', /for --git has more than one line/],
    [['--git', '-', '--git-file', 'address'], 'x', /cannot be used together/],
  ] as const) {
    const { code, stderr } = await run(['a.test', '--on', 'h1', ...options], input);
    assert.match(stderr, reason);
    assert.equal(code, 2);
  }
});

test('what cannot be sent is refused before the server is asked', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/index.html', 'x');
  for (const [words, reason] of [
    [['Not_A', '--on', 'h1'], /is not a domain name/],
    [['a.test', '--on', 'h1', '--from', './none'], /no such folder or archive/],
    [['a.test', '--on', 'h1', '--from', './site', '--git', 'x'], /--from and --git exclude each other/],
    [['a.test', '--on', 'h1', '--take', './site'], /--take cannot be combined with --on/],
    [['a.test', '--on', 'h1', '--from', ''], /'--from' requires a value/],
  ] as const) {
    const { code, stderr, calls } = await run(words);
    assert.match(stderr, reason);
    assert.deepEqual([code, calls], [2, '']);
  }
});

test('a refusal of the server ends the run with its exit code, before the site is added', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/index.html', 'x');
  await put('refuses', '');
  const { code, stderr, calls } = await run(['a.test', '--on', 'h1', '--from', './site', '--app', 'nothing']);
  assert.equal(code, 2);
  assert.match(stderr, /^This host has no app 'nothing'\.\n.*the reason is above/);
  assert.doesNotMatch(calls, /add-site/);
  await put('code', '1');
  const failed = await run(['a.test', '--on', 'h1']);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /reason\na\.test was not added to h1; the reason is above\.\n$/);
  const away = await run(['a.test', '--on', 'away']);
  assert.equal(away.code, 1);
  assert.match(away.stderr, /No route to host\nCannot reach away/);
});

test('--dry-run sends nothing and has the server check the rest', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/index.html', 'x');
  const { stdout, calls } = await run(['a.test', '--on', 'h1', '--from', './site', '--dry-run']);
  assert.match(stdout, /Would send \.\/site to h1/);
  assert.equal(calls, 'add-site.sh a.test --dry-run --take /data/import/.add-a.test\n');
});
