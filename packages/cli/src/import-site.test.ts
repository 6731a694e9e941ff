// 'freehold server import' as a whole: what a control machine sends. In the place of ssh is a program that answers for the
// server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outcomeOf } from './fake-servers.ts';
import { prepareUploadServer } from './fake-upload-server.ts';

const main = join(import.meta.dirname, 'main.ts');

async function prepare(context: TestContext) {
  const { fake, put, env, readCalls } = await prepareUploadServer(
    context,
    "echo 'An import is pending already' >&2; exit 1",
    'echo "The data is in /data/import/$1"',
  );
  const run = async (...words: string[]) => {
    const child = spawn(process.execPath, [main, 'server', 'import', ...words], {
      ...{ cwd: fake, env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const outcome = await outcomeOf(child);
    return { ...outcome, calls: await readCalls() };
  };
  return { put, run };
}

test('a folder of pages is sent to where import finds pages, and a tree or an archive as it is', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/public_html/index.html', 'x');
  const { code, stdout, calls } = await run('h1', 'a.test', './site');
  assert.equal(code, 0);
  assert.deepEqual(calls.trimEnd().split('\n'), [
    'receive-delivery.sh a.test import folder',
    './static/www-content/',
    './static/www-content/index.html',
    './.whole',
  ]);
  assert.match(stdout, /^\[ +\d+ s\] Sending \.\/site to h1\nThe data is in \/data\/import\/a\.test\n$/);
  await put('calls', '');
  await put('tree/TLS/a.test.pem', 'key');
  const tree = await run('h1', 'a.test', './tree');
  assert.match(
    tree.calls,
    /^receive-delivery\.sh a\.test import folder\n\.\/\n\.\/TLS\/\n\.\/TLS\/a\.test\.pem\n/,
  );
  await put('calls', '');
  const wordpress = await run('h1', 'a.test', './site', '--app', 'wordpress');
  assert.match(wordpress.calls, /^\.\/public_html\/index\.html$/m);
  await put('calls', '');
  await put('net.tar.gz', 'archive\n');
  const archive = await run('h1', 'a.test', 'net.tar.gz');
  assert.equal(archive.calls, 'receive-delivery.sh a.test import .tar.gz 8\narchive\n');
});

test('an upload whose files change while they are read arrives, and that is reported', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/index.html', 'x');
  await put('bin/tar', '#!/bin/sh\n/bin/tar "$@" || exit\n[ "$1" = --list ] || exit 1\n');
  const { code, stderr } = await run('h1', 'a.test', './site');
  assert.equal(code, 0);
  assert.match(stderr, /Files changed while they were read[\s\S]*remove the site's data there/);
});

test('--dry-run sends nothing', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/index.html', 'x');
  const { stdout, calls } = await run('h1', 'a.test', './site', '--dry-run');
  assert.match(
    stdout,
    /Would send \.\/site to h1, .* imports it, as static\/www-content of its folder\. Nothing/,
  );
  assert.equal(calls, '');
});

test('what cannot be sent is refused before the server is asked', async (context) => {
  const { put, run } = await prepare(context);
  await put('file', 'x');
  for (const [words, reason] of [
    [['h1', 'a.test'], /Missing argument: PATH/],
    [['h 1', 'a.test', './file'], /is not a server/],
    [['h1', 'Not_A', './file'], /is not a domain name/],
    [['h1', 'a.test', '/nowhere'], /no such folder or archive/],
    [['h1', 'a.test', './file'], /neither a folder nor an archive of a supported type/],
  ] as const) {
    const { code, stderr, calls } = await run(...words);
    assert.match(stderr, reason);
    assert.deepEqual([code, calls], [2, '']);
  }
});

test('a server that refuses the data, or is lost, ends the run with the reason', async (context) => {
  const { put, run } = await prepare(context);
  await put('site/index.html', 'x');
  await put('refuses', '');
  const refused = await run('h1', 'a.test', './site');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /An import is pending already\n.*the reason is above/);
  const away = await run('away', 'a.test', './site');
  assert.equal(away.code, 1);
  assert.match(away.stderr, /No route to host\nCannot reach away/);
});
