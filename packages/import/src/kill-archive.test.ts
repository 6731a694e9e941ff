// import killed with SIGKILL while it brings in an archive, at each system call that changes
// anything: the next run has to finish, and at no time is anything half there or lost.
import assert from 'node:assert/strict';
import { mkdir, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { index, tar } from './archive-under-test.ts';
import { makeCertificate } from './certificate-under-test.ts';
import { exists } from './folder-state.ts';
import { type Call, canTrace, forAll, recordCalls, runUntil } from './kill-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';

const web = 'static/www-content';
const home = 'domains/example.com';
const approved = 'runtime/haproxy/approved-certs/example.com.pem';
const certificate = await makeCertificate('example.com');
const archive = gzipSync(
  tar(
    { path: `${web}/link`, type: '2', target: 'deep/page.html' },
    { path: 'TLS/example.com.pem', content: certificate },
    index,
    { path: `${web}/hard.html`, type: '1', target: `${index.path}` },
    { path: `${web}/deep/page.html`, content: 'page'.repeat(300_000) },
  ),
);
const options = { skip: canTrace ? false : 'strace cannot be used here', timeout: 300_000 };

async function arrange(): Promise<SiteUnderTest> {
  const site = await makeSite();
  await mkdir(site.path('import'));
  await writeFile(site.path('import/example.com.tar.gz'), archive);
  return site;
}

async function assertWhole(site: SiteUnderTest): Promise<void> {
  assert.equal(await site.read(home, web, 'index.html'), 'mine');
  assert.equal((await site.read(home, web, 'deep/page.html')).length, 1_200_000);
  assert.equal(await readlink(site.path(home, web, 'link')), 'deep/page.html');
  const { nlink, mode } = await stat(site.path(home, web, 'hard.html'));
  assert.deepEqual([nlink, mode & 0o7777], [2, 0o644]);
  assert.equal((await stat(site.path(home, 'TLS/example.com.pem'))).mode & 0o7777, 0o600);
}

/** What is there is whole; what is not yet there can still be had from the archive. */
async function assertNothingLost(site: SiteUnderTest): Promise<void> {
  const arrived = await exists(site.path(home, 'static'));
  if (arrived) await assertWhole(site);
  const source = 'import/example.com.tar.gz';
  const copied = 'import/.example.com.copied';
  if (await exists(site.path(source))) assert.ok(!arrived, 'it came twice');
  else assert.ok(arrived || (await exists(site.path(copied))), 'it is gone and nothing is there');
  const half = await stat(site.path('domains/.example.com.copying')).catch(() => undefined);
  if (half && !(await exists(site.path(copied)))) assert.ok([0o700, 0o755].includes(half.mode & 0o777));
}

async function assertFinished(site: SiteUnderTest, at: string): Promise<void> {
  await assertWhole(site);
  assert.equal(await site.read(approved), certificate);
  assert.deepEqual(await readdir(site.path('import')), [], at);
  assert.deepEqual(await readdir(site.path('domains')), ['example.com'], at);
  assert.deepEqual(await readdir(site.path('runtime/import')), ['example.com.lock'], at);
}

async function killAt(call: Call, more: (site: SiteUnderTest) => Promise<void>): Promise<void> {
  const site = await arrange();
  await more(site);
  await runUntil(call, 'static', site.data);
  await assertNothingLost(site);
  await site.run();
  await assertFinished(site, `killed at ${call.name} ${call.path}`);
  await more(site);
  await site.remove();
}

/** A kill does not show what a loss of power would: each step is on disk before the next begins. */
function assertDurable(calls: readonly Call[]): void {
  const last = calls.slice(calls.findIndex(({ name }) => name === 'syncfs'));
  const steps = last.map(({ name }) => name).filter((name) => /rename|fsync|syncfs|unlink/.test(name));
  const expected = ['syncfs', 'rename', 'fsync', 'rename', 'fsync', 'rename', 'fsync', 'unlink', 'fsync'];
  assert.deepEqual(steps.slice(0, expected.length), expected);
  const copy = 'domains/.example.com.copying';
  const late = last.filter(({ name, path }) => path.startsWith(copy) && name !== 'rename');
  assert.deepEqual(late, [], 'the copy is not changed once it is synced');
}

test('An archive arrives whole or not at all, wherever import is killed.', options, async () => {
  const site = await arrange();
  const calls = await recordCalls('static', site.data);
  await site.remove();
  const names = new Set(calls.map(({ name }) => name));
  for (const name of ['mkdir', 'openat', 'write', 'fchown', 'fchmod', 'utimensat', 'link', 'symlink']) {
    assert.ok(names.has(name), `${name} is among the calls`);
  }
  for (const name of ['chmod', 'syncfs', 'rename', 'fsync', 'unlink']) assert.ok(names.has(name), name);
  assert.ok(calls.length >= 50, `${calls.length} calls`);
  assertDurable(calls);
  await forAll(calls, (call) => killAt(call, async () => undefined));
});

test('An archive joins what is there, wherever import is killed from then on.', options, async () => {
  const more = async (site: SiteUnderTest) => {
    await site.write({ [`${home}/mysql/dump.sql`]: 'old' });
  };
  const site = await arrange();
  await more(site);
  const calls = await recordCalls('static', site.data);
  await site.remove();
  const last = calls.slice(calls.findIndex(({ name }) => name === 'syncfs'));
  assert.ok(last.length >= 12, `${last.length} calls`);
  await forAll(last, (call) => killAt(call, more));
});
