// Submodules from a real git server.
import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGitDaemon } from '@freehold/testing/git-daemon';
import { type GitRepository, makeGitRepository } from '@freehold/testing/git-repository';
import { domain, makeSite } from './site-under-test.ts';
import { layTrap, writeHooks } from './trap-under-test.ts';

const env = { FREEHOLD_GIT_SUBMODULES: 'on' };

test('Submodules, and theirs, come with the repository when they are on, and are compared with it.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  const daemon = await startGitDaemon(join(site.data, 'git'));
  const [inner, outer] = await Promise.all(
    ['inner', 'outer'].map((name) => makeGitRepository(join(site.data, 'git', name))),
  );
  await inner?.commit({ 'inner.html': 'inner' });
  const add = ['-c', 'protocol.allow=always', 'submodule', 'add', '--quiet'];
  await outer?.git(...add, `${daemon.url}/inner`, 'in');
  await outer?.commit({ 'outer.html': 'outer' });
  await site.repository.git(...add, `${daemon.url}/outer`, 'out');
  await writeHooks(join(site.data, 'git/outer/.git/hooks'), trap);
  await site.repository.commit({ 'index.html': 'one' });
  await site.write('GITURL', `${daemon.url}/site`);
  assert.equal((await site.run()).code, 0);
  await assert.rejects(site.read('out/outer.html'), { code: 'ENOENT' });
  const { code, lines } = await site.run([domain], env);
  assert.equal(code, 0, `switched on, they are fetched: ${lines.join('\n')}`);
  assert.deepEqual(
    [await site.read('out/outer.html'), await site.read('out/in/inner.html')],
    ['outer', 'inner'],
  );
  assert.match((await site.run([domain], env)).lines.join('\n'), /^<6>Unchanged/);
  await appendFile(site.path('www-content/out/in/inner.html'), 'bad');
  assert.match((await site.run([domain], env)).lines[0] ?? '', /Somebody has changed.*"out"/);
  assert.equal(await site.read('out/in/inner.html'), 'inner');
  await trap.assertUntouched();
  await daemon.stop();
  await site.remove();
});

test('A relative URL counts from the repository, and that of a submodule of it from the submodule.', async () => {
  const site = await makeSite();
  const daemon = await startGitDaemon(join(site.data, 'git'));
  const inner = await makeGitRepository(join(site.data, 'git/libs/inner'));
  const outer = await makeGitRepository(join(site.data, 'git/libs/outer'));
  await link(outer, '../inner', await inner.commit({ 'inner.html': 'inner' }));
  const head = await outer.git('rev-parse', 'HEAD');
  await link(site.repository, '../libs/outer', head);
  await site.write('GITURL', `${daemon.url}/site`);
  for (const text of ['one', 'two']) {
    const { code, lines } = await site.run([domain], env);
    assert.equal(code, 0, `${text}: ${lines.join('\n')}`);
    assert.equal(await site.read('sub/sub/inner.html'), 'inner');
    await inner.commit({ 'other.html': text });
    await link(outer, '../inner', await inner.git('rev-parse', 'HEAD'));
    await link(site.repository, '../libs/outer', await outer.git('rev-parse', 'HEAD'));
  }
  await daemon.stop();
  await site.remove();
});

/** Commits another repository's commit as the submodule `sub`. */
async function link(repository: GitRepository, url: string, commit: string): Promise<void> {
  await writeFile(join(repository.path, '.gitmodules'), `[submodule "sub"]\n\tpath = sub\n\turl = ${url}\n`);
  await repository.git('add', '.gitmodules');
  await repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`);
  await repository.git('commit', '--quiet', '--message', 'A submodule');
}
