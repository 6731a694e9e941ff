// Pulls from a real repository on this disk.
import assert from 'node:assert/strict';
import { lstat, readdir, readlink, rm, stat } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { makeGitRepository } from '@freehold/testing/git-repository';
import { newest } from './repository.ts';
import { domain, findLeftovers, fingerprint, makeSite } from './site-under-test.ts';

// Each change waits for a new second, so several sites wait in parallel.
describe('pull', { concurrency: 4 }, () => {
  test('The first pull publishes the whole repository behind a relative link, readable by all, and the second writes nothing.', async () => {
    const site = await makeSite();
    const commit = await site.repository.commit({ 'index.html': 'one', 'deep/er/page.html': 'page' });
    const first = await site.run();
    assert.deepEqual(
      [first.code, first.lines],
      [
        0,
        [
          `<5>${domain} now serves ${commit} (${commit.slice(0, 7)}, main of ${site.repository.path}): 2 files.`,
        ],
      ],
    );
    assert.equal(await readlink(site.path('www-content')), `worktrees/${commit}`);
    assert.equal(await site.read('deep/er/page.html'), 'page');
    assert.equal((await stat(site.path('www-content/deep/er'))).mode & 0o777, 0o755);
    assert.equal((await stat(site.path('www-content/index.html'))).mode & 0o777, 0o644);
    const before = await fingerprint(site.data);
    const second = await site.run();
    assert.deepEqual([second.code, second.lines.length], [0, 1]);
    assert.match(second.lines[0] ?? '', /^<6>Unchanged: example\.com serves /);
    const after = await fingerprint(site.data);
    assert.deepEqual(
      after.filter((line) => !before.includes(line)),
      [],
    );
    assert.equal(after.length, before.length);
    await site.remove();
  });

  test('A change is published, the worktree before it is kept, and older ones are removed.', async () => {
    const site = await makeSite();
    const commits: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      commits.push(await site.repository.commit({ 'index.html': text }));
      const { code, lines } = await site.run();
      assert.equal(code, 0, lines.join('\n'));
      if (commits.length > 1) assert.match(lines.at(-1) ?? '', /: 1 file changed\.$/);
      assert.equal(await site.read('index.html'), text);
    }
    const [, two, three] = commits;
    assert.equal(await readlink(site.path('previous')), `worktrees/${two}`);
    assert.deepEqual((await readdir(site.path('worktrees'))).sort(), [two, three].sort());
    assert.deepEqual(await findLeftovers(site), []);
    await site.remove();
  });

  test('No changed file has the same modification second as in the version before, since its ETag depends on it.', async () => {
    const site = await makeSite();
    const seconds: number[] = [];
    for (const text of ['aaa', 'bbb', 'ccc']) {
      await site.repository.commit({ 'index.html': text });
      assert.equal((await site.run()).code, 0);
      seconds.push(Math.floor((await stat(site.path('www-content/index.html'))).mtimeMs / 1000));
    }
    assert.equal(new Set(seconds).size, 3, seconds.join(' '));
    await site.remove();
  });

  test('GITURL can select a branch, a tag, an annotated tag or a commit.', async () => {
    const site = await makeSite();
    const { repository } = site;
    const first = await repository.commit({ 'index.html': 'one' });
    await repository.git('tag', 'v1');
    await repository.git('checkout', '--quiet', '-b', 'next');
    const second = await repository.commit({ 'index.html': 'two' });
    await repository.git('tag', '--annotate', '--message', 'Two', 'v2');
    await repository.git('branch', 'v3', first);
    await repository.git('tag', 'v3', second);
    for (const [ref, commit] of [
      ['main', first],
      ['next', second],
      ['v1', first],
      ['v2', second],
      ['v3', first],
      [second, second],
    ] as const) {
      await site.write('GITURL', `${repository.path} ${ref}\n`);
      const { code, lines } = await site.run();
      assert.deepEqual([code, await site.served()], [0, commit], `${ref}: ${lines.join('\n')}`);
    }
    // A commit that is already served needs no remote: nothing listens there.
    await site.write('GITURL', `https://127.0.0.1:1/none ${second}`);
    assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
    await site.remove();
  });

  test('A rewritten history, and an unrelated repository, are published like any other change.', async () => {
    const site = await makeSite();
    await site.repository.commit({ 'index.html': 'one', old: 'x' });
    await site.run();
    const rewritten = await (async () => {
      await site.repository.git('checkout', '--quiet', '--orphan', 'other');
      const commit = await site.repository.commit({ 'index.html': 'rewritten', old: null });
      await site.repository.git('branch', '--force', 'main', commit);
      await site.repository.git('checkout', '--quiet', 'main');
      return commit;
    })();
    assert.equal((await site.run()).code, 0);
    assert.equal(await site.served(), rewritten);
    assert.deepEqual((await readdir(site.path('www-content'))).sort(), ['.git', 'index.html']);
    await site.remove();
  });

  test('A deleted branch, a missing repository and an empty one leave the site as it is, with a reason.', async () => {
    const site = await makeSite();
    const { repository } = site;
    const empty = await site.run();
    assert.deepEqual([empty.code, empty.lines.length], [1, 1]);
    assert.match(empty.lines[0] ?? '', /has no commit yet.*There is nothing to serve yet\.$/);
    const commit = await repository.commit({ 'index.html': 'one' });
    await site.write('GITURL', `${repository.path} main`);
    await site.run();
    await repository.git('branch', '--move', 'main', 'trunk');
    const gone = await site.run();
    assert.equal(gone.code, 1);
    assert.match(
      gone.lines.at(-1) ?? '',
      /^<3>example\.com was not pulled from .*: .* has no branch or tag "main" \(any more\)\. The site stays at [0-9a-f]{7}\.$/,
    );
    await rm(repository.path, { recursive: true });
    const lost = await site.run();
    assert.equal(lost.code, 1);
    assert.match(
      lost.lines.at(-1) ?? '',
      /Cannot use .*GITURL: there is no repository at .*: the folder does not exist, or this site may not use it\. The site stays at/,
    );
    assert.deepEqual([await site.served(), await site.read('index.html')], [commit, 'one']);
    await site.remove();
  });

  test('The setting determines the depth of the fetched history; 0 means all of it.', async () => {
    const site = await makeSite();
    const depth = async () =>
      Number(
        await site.repository.git('--git-dir', site.path('repository.git'), 'rev-list', '--count', newest),
      );
    for (const text of ['1', '2', '3', '4']) await site.repository.commit({ 'index.html': text });
    await site.run();
    assert.equal(await depth(), 1);
    await site.repository.commit({ 'index.html': '5' });
    await site.run([domain], { FREEHOLD_GIT_DEPTH: '3' });
    assert.equal(await depth(), 3);
    await site.repository.commit({ 'index.html': '6' });
    await site.run([domain], { FREEHOLD_GIT_DEPTH: '0' });
    assert.equal(await depth(), 6);
    await site.remove();
  });

  test('A repository with SHA-256 ids is pulled, even after one with SHA-1.', async () => {
    const site = await makeSite();
    await site.repository.commit({ 'index.html': 'one' });
    assert.equal((await site.run()).code, 0);
    const other = await makeGitRepository(`${site.data}/git/other`, '--object-format=sha256');
    const commit = await other.commit({ 'index.html': 'two' });
    await site.write('GITURL', other.path);
    const { code, lines } = await site.run();
    assert.equal(code, 0, lines.join('\n'));
    assert.deepEqual([await site.served(), await site.read('index.html')], [commit, 'two']);
    assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
    await site.remove();
  });

  test('The repository stays small over many changes, and the current worktree can still be compared.', async () => {
    const site = await makeSite();
    await site.repository.commit({ 'index.html': 'one' });
    await site.run();
    for (let count = 0; count < 31; count += 1) {
      await site.repository.commit({ 'index.html': `version ${count}` });
      const limit = [
        '-c',
        'fetch.unpackLimit=1',
        '--git-dir',
        site.path('repository.git'),
        'fetch',
        '--quiet',
      ];
      await site.repository.git(...limit, '--depth=1', site.repository.path, '+main:refs/freehold/newest');
    }
    const countPacks = async () =>
      (await readdir(site.path('repository.git/objects/pack'))).filter((name) => name.endsWith('.pack'))
        .length;
    assert.equal(await countPacks(), 32);
    assert.equal((await site.run()).code, 0);
    assert.equal(await countPacks(), 1);
    assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
    assert.equal((await lstat(site.path('previous'))).isSymbolicLink(), true);
    await site.remove();
  });
});
