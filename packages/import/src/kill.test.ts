// import killed with SIGKILL at each system call that changes anything on disk, by strace (Debian
// package strace): the next run has to finish, and at no time is anything half there or lost.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from './certificate-under-test.ts';
import { stateOfFolder } from './folder-state.ts';
import { execute, mainFile, makeSite, type SiteUnderTest } from './site-under-test.ts';

const calls = [
  'mkdir',
  'rename',
  'unlink',
  'rmdir',
  'fsync',
  'fchmod',
  'fchown',
  'lchown',
  'symlink',
  'chown',
];
const content = 'domains/example.com/static/www-content';
const otherDisk = '/dev/shm';

const canTrace = (await execute('strace', ['-o', '/dev/null', 'true']).catch(() => ({ code: 1 }))).code === 0;
const isOtherDisk = (await stat(otherDisk).catch(() => undefined))?.dev !== (await stat(tmpdir())).dev;
const certificate = await makeCertificate('example.com');

/** One thread does all work on files, so that strace's count, which is by thread, is that of the program. */
async function runUntil(call: string, count: number, data: string): Promise<boolean> {
  const { code, signal, output } = await execute(
    'strace',
    [
      ...['-f', '-o', '/dev/null', '-e', `trace=${call}`],
      ...['-e', `inject=${call}:signal=KILL:when=${count}`],
      ...[process.execPath, mainFile, 'example.com', '--app', 'static'],
    ],
    { FREEHOLD_DATA: data, UV_THREADPOOL_SIZE: '1' },
  );
  if (signal === 'SIGKILL' || code === 137) return true;
  assert.equal(code, 0, output);
  return false;
}

interface Case {
  readonly arrange: (site: SiteUnderTest) => Promise<void>;
  /** Holds after a kill: nothing is half there. */
  readonly never: (site: SiteUnderTest) => Promise<void>;
  /** Holds after the next run. */
  readonly finally: (site: SiteUnderTest) => Promise<void>;
}

/** Kills at the first, the second, … of each call until the program gets through without. */
async function killEverywhere(one: Case): Promise<number> {
  const kills = await Promise.all(calls.map((call) => killAtEach(call, one)));
  return kills.reduce((sum, count) => sum + count, 0);
}

async function killAtEach(call: string, { arrange, never, finally: check }: Case): Promise<number> {
  for (let count = 1; ; count += 1) {
    const site = await makeSite();
    await arrange(site);
    const killed = await runUntil(call, count, site.data);
    await never(site);
    await site.run();
    await check(site);
    const names = await readdir(site.path('domains'));
    assert.deepEqual(names, ['example.com'], `left over after a kill at ${call} ${count}`);
    await site.remove();
    if (!killed) return count - 1;
  }
}

const orMissing = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
};

const options = {
  skip: canTrace ? false : 'strace cannot be used here',
  timeout: 300_000,
  concurrency: true,
};

test('A welcome page is there whole or not at all, wherever import is killed.', options, async () => {
  const kills = await killEverywhere({
    arrange: async () => undefined,
    async never(site) {
      const names = await readdir(site.path(content)).catch(orMissing);
      if (!names) return;
      assert.match(await site.read(content, 'index.html'), /<\/html>\n$/);
      assert.equal((await stat(site.path(content, 'index.html'))).mode & 0o777, 0o644);
    },
    finally: async (site) => assert.match(await site.read(content, 'index.html'), /<\/html>\n$/),
  });
  assert.ok(kills >= 10, `${kills} kills`);
});

const files = {
  'import/example.com/static/www-content/index.html': 'index',
  'import/example.com/static/www-content/deep/page.html': 'page',
  'import/example.com/TLS/example.com.pem': certificate,
};

async function assertPage(site: SiteUnderTest): Promise<void> {
  assert.equal(await site.read(content, 'deep/page.html'), 'page');
  assert.equal((await stat(site.path(content, 'deep/page.html'))).mode & 0o7777, 0o644);
}

async function assertBroughtIn(site: SiteUnderTest): Promise<void> {
  assert.equal(await site.read(content, 'index.html'), 'index');
  await assertPage(site);
  assert.equal(await site.read('runtime/haproxy/approved-certs/example.com.pem'), certificate);
  const left = await readdir(site.path('import'));
  assert.deepEqual(left, []);
}

/** Whatever is at the place of the data is all of it, and what HAProxy reads is whole. */
async function assertWholeOrNothing(site: SiteUnderTest): Promise<void> {
  const there = await stat(site.path(content)).catch(orMissing);
  if (there) await assertPage(site);
  const approved = await site.read('runtime/haproxy/approved-certs/example.com.pem').catch(orMissing);
  if (approved !== undefined) assert.equal(approved, certificate);
}

test('A delivery arrives whole or not at all, wherever import is killed.', options, async () => {
  const arrange = (site: SiteUnderTest) => site.write(files);
  const kills = await killEverywhere({ arrange, never: assertWholeOrNothing, finally: assertBroughtIn });
  assert.ok(kills >= 15, `${kills} kills`);
});

test('A delivery joins what is there, wherever import is killed.', options, async () => {
  const arrange = (site: SiteUnderTest) =>
    site.write({ ...files, 'domains/example.com/mysql/dump.sql': 'old' });
  const kills = await killEverywhere({
    arrange,
    never: assertWholeOrNothing,
    async finally(site) {
      await assertBroughtIn(site);
      assert.equal(await site.read('domains/example.com/mysql/dump.sql'), 'old');
    },
  });
  assert.ok(kills >= 15, `${kills} kills`);
});

test('A delivery from another disk arrives whole or not at all, wherever import is killed.', {
  ...options,
  skip: options.skip || (isOtherDisk ? false : `${otherDisk} is not another file system here`),
}, async () => {
  const disks: string[] = [];
  const kills = await killEverywhere({
    async arrange(site) {
      const disk = await mkdtemp(join(otherDisk, 'freehold-test-'));
      disks.push(disk);
      await symlink(disk, site.path('import'));
      await site.write(files);
    },
    never: assertWholeOrNothing,
    finally: assertBroughtIn,
  });
  for (const disk of disks) await rm(disk, { recursive: true, force: true });
  assert.ok(kills >= 25, `${kills} kills`);
});

test('A certificate delivered alone is replaced whole, wherever import is killed.', options, async () => {
  const old = await makeCertificate('example.com', 'old.test');
  const own = 'domains/example.com/TLS/example.com.pem';
  const approved = 'runtime/haproxy/approved-certs/example.com.pem';
  await killEverywhere({
    arrange: (site) =>
      site.write({
        [own]: old,
        [approved]: old,
        [`${content}/index.html`]: 'mine',
        'import/example.com/TLS/example.com.pem': certificate,
      }),
    async never(site) {
      for (const path of [own, approved]) assert.ok([old, certificate].includes(await site.read(path)), path);
    },
    async finally(site) {
      assert.deepEqual([await site.read(own), await site.read(approved)], [certificate, certificate]);
      assert.notEqual(await stateOfFolder(site.path('import/example.com')), 'full');
    },
  });
});
