// For tests: the import of a folder is killed with SIGKILL at a system call that changes something on disk,
// using strace (Debian package strace). The next run must complete the import, and at no time may anything be
// incomplete or lost.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sameCalls } from '@freehold/testing/strace';
import { makeCertificate } from './certificate-under-test.ts';
import { stateOfFolder } from './folder-state.ts';
import { type Choose, forAll, isKill, type KillCase } from './kill-under-test.ts';
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

const isOtherDisk = (await stat(otherDisk).catch(() => undefined))?.dev !== (await stat(tmpdir())).dev;
const certificate = await makeCertificate('example.com');

interface Step {
  readonly call: string;
  readonly count: number;
}

interface Case {
  readonly arrange: (site: SiteUnderTest) => Promise<void>;
  /** Holds after a kill: nothing is incomplete. */
  readonly never: (site: SiteUnderTest) => Promise<void>;
  /** Holds after the next run. */
  readonly finally: (site: SiteUnderTest) => Promise<void>;
}

function traced(options: readonly string[], data: string) {
  const command = [process.execPath, mainFile, 'example.com', '--app', 'static'];
  return execute('strace', ['-f', ...options, ...command], { FREEHOLD_DATA: data, ...sameCalls });
}

/** Every call with which an undisturbed run changes something, in their order. */
async function findSteps({ arrange }: Case): Promise<Step[]> {
  const site = await makeSite();
  await arrange(site);
  const file = join(site.data, 'runtime.trace');
  const { code, output } = await traced(['-o', file, '-e', `trace=${calls}`], site.data);
  assert.equal(code, 0, output);
  const counts = new Map<string, number>();
  const steps = (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (!call) return [];
    const count = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, count);
    return [{ call, count }];
  });
  await site.remove();
  // Two threads with the same call share one step: that of the first one.
  return [...new Map(steps.map((step) => [`${step.call} ${step.count}`, step])).values()];
}

async function killAtSteps(one: Case, choose: Choose): Promise<number> {
  const steps = await findSteps(one);
  await forAll(choose(steps), (step) => killAt(step, one));
  return steps.length;
}

async function killAt({ call, count }: Step, { arrange, never, finally: check }: Case): Promise<void> {
  const site = await makeSite();
  await arrange(site);
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${count}`];
  const { code, signal, output } = await traced(['-o', '/dev/null', ...inject], site.data);
  assert.ok(isKill(code, signal), `${call} ${count}: ${code} ${output}`);
  await never(site);
  await site.run();
  await check(site);
  const names = await readdir(site.path('domains'));
  assert.deepEqual(names, ['example.com'], `left over after a kill at ${call} ${count}`);
  await site.remove();
}

const orMissing = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
};

const files = {
  'import/example.com/static/www-content/index.html': 'index',
  'import/example.com/static/www-content/deep/page.html': 'page',
  'import/example.com/TLS/example.com.pem': certificate,
};

async function assertPage(site: SiteUnderTest): Promise<void> {
  assert.equal(await site.read(content, 'deep/page.html'), 'page');
  assert.equal((await stat(site.path(content, 'deep/page.html'))).mode & 0o7777, 0o644);
}

async function assertImported(site: SiteUnderTest): Promise<void> {
  assert.equal(await site.read(content, 'index.html'), 'index');
  await assertPage(site);
  assert.equal(await site.read('runtime/haproxy/approved-certs/example.com.pem'), certificate);
  const left = await readdir(site.path('import'));
  assert.deepEqual(left, []);
}

/** The data is complete if it exists, and so is the file that HAProxy reads. */
async function assertWholeOrNothing(site: SiteUnderTest): Promise<void> {
  const there = await stat(site.path(content)).catch(orMissing);
  if (there) await assertPage(site);
  const approved = await site.read('runtime/haproxy/approved-certs/example.com.pem').catch(orMissing);
  if (approved !== undefined) assert.equal(approved, certificate);
}

const arrange = (site: SiteUnderTest) => site.write(files);

const welcome: Case = {
  arrange: async () => undefined,
  async never(site) {
    const names = await readdir(site.path(content)).catch(orMissing);
    if (!names) return;
    assert.match(await site.read(content, 'index.html'), /<\/html>\n$/);
    assert.equal((await stat(site.path(content, 'index.html'))).mode & 0o777, 0o644);
  },
  finally: async (site) => assert.match(await site.read(content, 'index.html'), /<\/html>\n$/),
};

const joining: Case = {
  arrange: (site) => site.write({ ...files, 'domains/example.com/mysql/dump.sql': 'old' }),
  never: assertWholeOrNothing,
  async finally(site) {
    await assertImported(site);
    assert.equal(await site.read('domains/example.com/mysql/dump.sql'), 'old');
  },
};

async function killOnOtherDisk(choose: Choose): Promise<number> {
  const disks: string[] = [];
  const fromOtherDisk: Case = {
    async arrange(site) {
      const disk = await mkdtemp(join(otherDisk, 'freehold-test-'));
      disks.push(disk);
      await symlink(disk, site.path('import'));
      await site.write(files);
    },
    never: assertWholeOrNothing,
    finally: assertImported,
  };
  const steps = await killAtSteps(fromOtherDisk, choose);
  for (const disk of disks) await rm(disk, { recursive: true, force: true });
  return steps;
}

async function killCertificate(choose: Choose): Promise<number> {
  const old = await makeCertificate('example.com', 'old.test');
  const own = 'domains/example.com/TLS/example.com.pem';
  const approved = 'runtime/haproxy/approved-certs/example.com.pem';
  const replaced: Case = {
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
  };
  return killAtSteps(replaced, choose);
}

export const uploadCases: readonly KillCase[] = [
  {
    title: 'A welcome page is complete or missing',
    minimum: 10,
    kill: (choose) => killAtSteps(welcome, choose),
  },
  {
    title: 'A folder is imported completely or not at all',
    minimum: 15,
    kill: (choose) => killAtSteps({ arrange, never: assertWholeOrNothing, finally: assertImported }, choose),
  },
  {
    title: 'A folder is added to existing data',
    minimum: 15,
    kill: (choose) => killAtSteps(joining, choose),
  },
  {
    title: 'A folder on another disk is imported completely or not at all',
    skip: isOtherDisk ? false : `${otherDisk} is not another file system here`,
    minimum: 25,
    kill: killOnOtherDisk,
  },
  {
    title: 'A certificate imported alone is replaced completely or not at all',
    minimum: 10,
    kill: killCertificate,
  },
];
