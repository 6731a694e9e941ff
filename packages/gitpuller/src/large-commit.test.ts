// Commits that are small to fetch and huge to check out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { domain, findLeftovers, fingerprint, makeSite, type SiteUnderTest } from './site-under-test.ts';

const env = { FREEHOLD_GIT_MAX_MB: '1' };

async function makePublished(context: TestContext): Promise<{ site: SiteUnderTest; good: string }> {
  const site = await makeSite();
  context.after(site.remove);
  const good = await site.repository.commit({ 'index.html': 'good' });
  assert.equal((await site.run([domain], env)).code, 0);
  return { site, good };
}

function mktree(site: SiteUnderTest, lines: readonly string[]): string {
  const options = {
    cwd: site.repository.path,
    input: lines.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
  } as const;
  return execFileSync('git', ['mktree'], options).trim();
}

async function commitTree(site: SiteUnderTest, tree: string): Promise<string> {
  const commit = await site.repository.git('commit-tree', '-m', 'Large', tree);
  await site.repository.git('update-ref', 'refs/heads/main', commit);
  return commit;
}

/** 150 names for one file of 20 kB: 3 MB of a few hundred bytes. */
async function commitBomb(site: SiteUnderTest): Promise<string> {
  await site.repository.commit({ 'zero.bin': '\0'.repeat(20_000) });
  const blob = await site.repository.git('rev-parse', 'HEAD:zero.bin');
  const lines = Array.from({ length: 150 }, (_, count) => `100644 blob ${blob}\t${count}.bin`);
  return commitTree(site, mktree(site, lines));
}

async function assertRefused(site: SiteUnderTest, good: string, reason: RegExp): Promise<void> {
  const { code, lines } = await site.run([domain], env);
  assert.equal(code, 1, lines.join('\n'));
  assert.match(lines.at(-1) ?? '', reason);
  assert.match(lines.at(-1) ?? '', /The site stays at/);
  assert.doesNotMatch(lines.join('\n'), /fetched again/);
  assert.deepEqual([await site.served(), await site.read('index.html')], [good, 'good']);
  assert.deepEqual(await readdir(site.path('worktrees')), [good]);
  assert.deepEqual(await findLeftovers(site), []);
}

test('A commit that would fill the disk is refused before its checkout, is not fetched again, and is published once the limit allows it.', async (context) => {
  const { site, good } = await makePublished(context);
  const bomb = await commitBomb(site);
  const reason = /its commit takes more than 1 MB when it is checked out\..*FREEHOLD_GIT_MAX_MB/;
  await assertRefused(site, good, reason);
  const before = await fingerprint(site.path());
  await assertRefused(site, good, reason);
  assert.deepEqual(await fingerprint(site.path()), before, 'the second pull writes nothing');
  await site.repository.git('prune-packed');
  const names = await site.repository.git(
    '--git-dir',
    site.path('repository.git'),
    'rev-list',
    '--all',
    '--objects',
  );
  assert.ok(!names.includes(bomb), 'its objects are not kept');
  const { code, lines } = await site.run([domain], { FREEHOLD_GIT_MAX_MB: '10' });
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.served(), bomb);
});

test('A newer commit is published after one was refused.', async (context) => {
  const { site, good } = await makePublished(context);
  await commitBomb(site);
  await assertRefused(site, good, /more than 1 MB/);
  await site.repository.git('update-ref', 'refs/heads/main', good);
  await site.repository.git('reset', '--quiet', '--hard');
  const next = await site.repository.commit({ 'index.html': 'next' });
  assert.equal((await site.run([domain], env)).code, 0);
  assert.equal(await site.served(), next);
});

test('Nested folders that expand to ten thousand million files are refused without listing them, even if they contain no file.', async (context) => {
  const { site, good } = await makePublished(context);
  const blob = await site.repository.git('rev-parse', 'HEAD:index.html');
  for (const leaf of [mktree(site, [`100644 blob ${blob}\tfile`]), mktree(site, [])]) {
    let tree = leaf;
    for (let level = 0; level < 10; level += 1) {
      const from = tree;
      tree = mktree(
        site,
        Array.from({ length: 10 }, (_, count) => `040000 tree ${from}\t${count}`),
      );
    }
    await commitTree(site, tree);
    await assertRefused(site, good, /its commit (?:has more than 100000 files|takes more than 1 MB)/);
  }
});

test('Few objects that make hundreds of megabytes of paths are refused before git has them in memory.', async (context) => {
  const { site, good } = await makePublished(context);
  const blob = await site.repository.git('rev-parse', 'HEAD:index.html');
  let tree = mktree(
    site,
    Array.from({ length: 20_000 }, (_, count) => `100644 blob ${blob}\t${count}`),
  );
  for (let level = 0; level < 15; level += 1)
    tree = mktree(site, [`040000 tree ${tree}\t${'x'.repeat(250)}`]);
  await commitTree(site, tree);
  for (let pull = 1; pull <= 2; pull += 1) {
    const { code, lines } = await site.run([domain]);
    assert.equal(code, 1, lines.join('\n'));
    assert.match(lines.at(-1) ?? '', /the paths of its files take more than 64 MB\./);
    assert.equal(await site.served(), good);
  }
});
