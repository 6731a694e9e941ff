// Tests with a disk that is really full: a tmpfs of 4 MB.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeGitRepository } from '@freehold/testing/git-repository';
import { domain, findLeftovers, isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

/** Only the files that gitpuller writes are on the small disk. */
async function makeSmallSite(context: TestContext): Promise<SiteUnderTest> {
  const site = await makeSite();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0755', 'tmpfs', site.path()]);
  context.after(async () => {
    execFileSync('umount', ['--lazy', site.path()]);
    await site.remove();
  });
  return site;
}

const canMount = isRoot && mayMount();

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const random = (bytes: number) => randomBytes(bytes).toString('latin1');
const options = { skip: canMount ? false : 'only root can mount a small disk' };

test(
  'A commit that does not fit leaves the site as it is, and is published once there is room.',
  options,
  async (context) => {
    const site = await makeSmallSite(context);
    const good = await site.repository.commit({ 'index.html': 'good' });
    assert.equal((await site.run()).code, 0);
    const big = await site.repository.commit({ 'big-1': random(1_500_000), 'big-2': random(1_500_000) });
    for (const _ of [1, 2]) {
      const { code, lines } = await site.run();
      assert.equal(code, 1);
      assert.match(
        lines.at(-1) ?? '',
        /: (?:there is no space left on the disk \(|The disk of .* is full: ).*The site stays at/,
        lines.join('\n'),
      );
      assert.doesNotMatch(lines.join('\n'), /fetched again/, 'the copy of the repository is not to blame');
      assert.deepEqual([await site.served(), await site.read('index.html')], [good, 'good']);
      assert.deepEqual(await findLeftovers(site), []);
    }
    execFileSync('mount', ['-o', 'remount,size=40m', site.path()]);
    assert.equal((await site.run()).code, 0);
    assert.equal(await site.served(), big);
  },
);

test(
  'A disk without room for the smallest file is reported, and a failed first pull leaves nothing that blocks the next.',
  options,
  async (context) => {
    const site = await makeSmallSite(context);
    await site.repository.commit({ 'index.html': 'good', big: random(200_000) });
    await fill(site);
    const { code, lines } = await site.run();
    assert.equal(code, 1);
    assert.match(
      lines.at(-1) ?? '',
      /(?:no space left on the disk|The disk of .* is full).*There is nothing to serve yet/i,
      lines.join('\n'),
    );
    await rm(site.path('ballast'));
    assert.equal((await site.run()).code, 0);
    assert.equal(await site.read('index.html'), 'good');
  },
);

async function fill(site: SiteUnderTest): Promise<void> {
  await writeFile(site.path('ballast'), Buffer.alloc(5_000_000)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
  });
}

test(
  'A disk that fills up while the repository is recreated keeps the current worktree.',
  options,
  async (context) => {
    const site = await makeSmallSite(context);
    const other = await makeGitRepository(join(site.data, 'git/other'));
    const good = await other.commit({ 'index.html': 'good' });
    await site.write('GITURL', other.path);
    assert.equal((await site.run()).code, 0);
    await rm(site.path('repository.git/objects'), { recursive: true });
    await mkdir(site.path('repository.git/objects'));
    await other.commit({ 'big-1': random(3_500_000) });
    assert.equal((await site.run()).code, 1);
    assert.deepEqual([await site.served(), await site.read('index.html')], [good, 'good']);
  },
);

test(
  "A commit that would use the host's disk reserve is not fetched, and none of the reserve is used.",
  options,
  async (context) => {
    const site = await makeSmallSite(context);
    await site.repository.commit({ 'index.html': 'good' });
    const { code, lines } = await site.run([domain], { FREEHOLD_DISK_RESERVE_MB: '100' });
    assert.equal(code, 1);
    assert.match(lines.at(-1) ?? '', /The disk of .* is full: .* 100 MB stay reserved for the host/);
    assert.equal((await site.run([domain], { FREEHOLD_DISK_RESERVE_MB: '1' })).code, 0);
  },
);
