// For tests: the import of an archive is killed with SIGKILL at a system call that changes something. The
// next run must complete the import, and at no time may anything be incomplete or lost.
import assert from 'node:assert/strict';
import { mkdir, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { index, tar } from './archive-under-test.ts';
import { makeCertificate } from './certificate-under-test.ts';
import { exists } from './folder-state.ts';
import {
  type Call,
  type Choose,
  forAll,
  type KillCase,
  recordCalls,
  runUntil,
  withoutMiddle,
} from './kill-under-test.ts';
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

/** Existing data is complete; missing data is still available from the archive. */
async function assertNothingLost(site: SiteUnderTest): Promise<void> {
  const arrived = await exists(site.path(home, 'static'));
  if (arrived) await assertWhole(site);
  const source = 'import/example.com.tar.gz';
  const copied = 'import/.example.com.copied';
  if (await exists(site.path(source))) assert.ok(!arrived, 'it was imported twice');
  else
    assert.ok(
      arrived || (await exists(site.path(copied))),
      'the archive is gone and the data does not exist',
    );
  const half = await stat(site.path('domains/.example.com.copying')).catch(() => undefined);
  if (half && !(await exists(site.path(copied)))) assert.ok([0o700, 0o755].includes(half.mode & 0o777));
}

async function assertFinished(site: SiteUnderTest, at: string): Promise<void> {
  await assertWhole(site);
  assert.equal(await site.read(approved), certificate);
  assert.deepEqual(await readdir(site.path('import')), [], at);
  assert.deepEqual(await readdir(site.path('domains')), ['example.com'], at);
  const left = await readdir(site.path('runtime/import'));
  assert.deepEqual(left.toSorted(), ['example.com.lock', 'example.com.prepared'], at);
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

/**
 * A kill does not have the effects of a power loss, so this checks that each step is on disk before the next
 * begins.
 */
function assertDurable(calls: readonly Call[]): void {
  const last = calls.slice(calls.findIndex(({ name }) => name === 'syncfs'));
  const steps = last.map(({ name }) => name).filter((name) => /rename|fsync|syncfs|unlink/.test(name));
  const expected = ['syncfs', 'rename', 'fsync', 'rename', 'fsync', 'rename', 'fsync', 'unlink', 'fsync'];
  assert.deepEqual(steps.slice(0, expected.length), expected);
  const copy = 'domains/.example.com.copying';
  const late = last.filter(({ name, path }) => path.startsWith(copy) && name !== 'rename');
  assert.deepEqual(late, [], 'the copy is not changed once it is synced');
}

async function record(more: (site: SiteUnderTest) => Promise<void>): Promise<Call[]> {
  const site = await arrange();
  await more(site);
  const calls = await recordCalls('static', site.data);
  await site.remove();
  return calls;
}

async function killArriving(choose: Choose): Promise<number> {
  const nothing = async () => undefined;
  const calls = await record(nothing);
  const names = new Set(calls.map(({ name }) => name));
  for (const name of ['mkdir', 'openat', 'write', 'fchown', 'fchmod', 'utimensat', 'link', 'symlink']) {
    assert.ok(names.has(name), `${name} is among the calls`);
  }
  for (const name of ['chmod', 'syncfs', 'rename', 'fsync', 'unlink']) assert.ok(names.has(name), name);
  assertDurable(calls);
  await forAll(choose(withoutMiddle(calls)), (call) => killAt(call, nothing));
  return calls.length;
}

/** From this point on, it differs from the import of a new site. */
async function killJoining(choose: Choose): Promise<number> {
  const more = (site: SiteUnderTest) => site.write({ [`${home}/mysql/dump.sql`]: 'old' });
  const calls = await record(more);
  const last = calls.slice(calls.findIndex(({ name }) => name === 'syncfs'));
  await forAll(choose(last), (call) => killAt(call, more));
  return last.length;
}

export const archiveCases: readonly KillCase[] = [
  { title: 'An archive is imported completely or not at all', minimum: 50, kill: killArriving },
  { title: 'An archive is added to existing data', minimum: 12, kill: killJoining },
];
