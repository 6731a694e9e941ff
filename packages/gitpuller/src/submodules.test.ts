// Tests with submodules from a real git server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type GitHttpsServer, startGitHttpsServer } from '@freehold/testing/git-https-server';
import { type GitRepository, makeGitRepository } from '@freehold/testing/git-repository';
import { domain, findLeftovers, makeSite, type SiteUnderTest } from './site-under-test.ts';
import { layTrap, writeHooks } from './trap-under-test.ts';

interface Served {
  readonly site: SiteUnderTest;
  readonly server: GitHttpsServer;
  /** Submodules are on. */
  readonly env: NodeJS.ProcessEnv;
  make(name: string): Promise<GitRepository>;
}

async function serveSite(context: TestContext): Promise<Served> {
  const site = await makeSite();
  const server = await startGitHttpsServer(join(site.data, 'git'));
  context.after(async () => {
    await server.stop();
    await site.remove();
  });
  await site.write('GITURL', `${server.url}/site/.git`);
  return {
    site,
    server,
    env: { FREEHOLD_GIT_SUBMODULES: 'on', GIT_SSL_CAINFO: server.certificate },
    make: (name) => makeGitRepository(join(site.data, 'git', name)),
  };
}

/** Commits another repository's newest commit as the submodule `path`. */
async function link(repository: GitRepository, url: string, of: GitRepository, path = 'sub'): Promise<void> {
  const commit = await of.git('rev-parse', 'HEAD');
  const name = `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`;
  await writeFile(join(repository.path, '.gitmodules'), name);
  await repository.git('add', '.gitmodules');
  await repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
  await repository.git('commit', '--quiet', '--message', 'A submodule');
}

/** A change outside the submodules, whose folders this worktree does not have. */
async function commitPage(repository: GitRepository, text: string): Promise<void> {
  await writeFile(join(repository.path, 'index.html'), text);
  await repository.git('add', 'index.html');
  await repository.git('commit', '--quiet', '--message', 'A page');
}

test('If submodules are on, they come with the repository, recursively, and are compared with it.', async (context) => {
  const { site, server, env, make } = await serveSite(context);
  const trap = await layTrap(site);
  const [inner, outer] = [await make('inner'), await make('outer')];
  await inner.commit({ 'inner.html': 'inner' });
  await outer.commit({ 'outer.html': 'outer', '.gitattributes': '* filter=evil text eol=crlf\n' });
  await link(outer, `${server.url}/inner/.git`, inner, 'in');
  await site.repository.commit({ 'index.html': 'one' });
  await link(site.repository, `${server.url}/outer/.git`, outer, 'deep/out');
  await writeHooks(join(site.data, 'git/outer/.git/hooks'), trap);
  const off = await site.run([domain], { ...env, FREEHOLD_GIT_SUBMODULES: 'off' });
  assert.equal(off.code, 0, off.lines.join('\n'));
  assert.deepEqual(await readdir(site.path('www-content/deep/out')), []);
  const { code, lines } = await site.run([domain], env);
  assert.equal(code, 0, `switched on, they are fetched: ${lines.join('\n')}`);
  assert.equal(await site.read('deep/out/outer.html'), 'outer');
  assert.equal(await site.read('deep/out/in/inner.html'), 'inner');
  assert.match((await site.run([domain], env)).lines.join('\n'), /^<6>Unchanged/);
  await appendFile(site.path('www-content/deep/out/in/inner.html'), 'bad');
  assert.match((await site.run([domain], env)).lines[0] ?? '', /were changed locally.*"deep\/out"/);
  assert.equal(await site.read('deep/out/in/inner.html'), 'inner');
  assert.deepEqual(await findLeftovers(site), []);
  await trap.assertUntouched();
});

test('A relative URL is resolved against the repository, and one in a submodule against the submodule.', async (context) => {
  const { site, env, make } = await serveSite(context);
  const [inner, outer] = [await make('libs/inner'), await make('libs/outer')];
  for (const text of ['one', 'two']) {
    await inner.commit({ 'inner.html': text });
    await link(outer, '../../inner/.git', inner);
    await link(site.repository, '../../libs/outer/.git', outer);
    const { code, lines } = await site.run([domain], env);
    assert.equal(code, 0, `${text}: ${lines.join('\n')}`);
    assert.equal(await site.read('sub/sub/inner.html'), text);
  }
});

test('A push that changes no submodule fetches none again, and one that changes a submodule fetches only new objects.', async (context) => {
  const { site, server, env, make } = await serveSite(context);
  const module = await make('module');
  await module.commit({ 'big.bin': randomBytes(300_000).toString('base64'), 'page.html': 'one' });
  await link(site.repository, `${server.url}/module/.git`, module);
  assert.equal((await site.run([domain], env)).code, 0);
  const asked = () => server.requests.filter(({ url }) => url.startsWith('/module/')).length;
  const before = asked();
  assert.ok(before > 0);
  await commitPage(site.repository, 'two');
  assert.equal((await site.run([domain], env)).code, 0);
  assert.equal(await site.read('sub/page.html'), 'one');
  assert.equal(asked(), before, 'the unchanged submodule is not requested');
  await module.commit({ 'page.html': 'two' });
  await link(site.repository, `${server.url}/module/.git`, module);
  assert.equal((await site.run([domain], env)).code, 0);
  assert.equal(await site.read('sub/page.html'), 'two');
  const [store = ''] = await readdir(site.path('submodules'));
  const git = (...args: string[]) => module.git('--git-dir', site.path('submodules', store), ...args);
  assert.match(await git('count-objects', '-v'), /size-pack: (?:2\d\d|3\d\d)$/m, 'the big file came once');
  assert.equal(await git('rev-list', '--count', 'refs/freehold/newest'), '1', 'without its history');
});

test('A submodule that no commit has any more is removed, and so are the records of old worktrees.', async (context) => {
  const { site, server, env, make } = await serveSite(context);
  const module = await make('module');
  await module.commit({ 'page.html': 'one' });
  await link(site.repository, `${server.url}/module/.git`, module);
  for (const text of ['one', 'two', 'three']) {
    await commitPage(site.repository, text);
    assert.equal((await site.run([domain], env)).code, 0);
  }
  const [store = ''] = await readdir(site.path('submodules'));
  assert.equal((await readdir(site.path('submodules', store, 'worktrees'))).length, 2);
  await site.repository.git('rm', '--quiet', '--cached', 'sub');
  for (const text of ['four', 'five']) {
    await commitPage(site.repository, text);
    const { code, lines } = await site.run([domain], env);
    assert.equal(code, 0, lines.join('\n'));
  }
  assert.deepEqual(await readdir(site.path('submodules')), []);
});

test('Disabled submodules are reported once for each change, with instructions.', async (context) => {
  const { site, server, env, make } = await serveSite(context);
  const module = await make('module');
  await module.commit({ 'page.html': 'one' });
  await link(site.repository, `${server.url}/module/.git`, module, 'theme');
  const off = { ...env, FREEHOLD_GIT_SUBMODULES: 'off' };
  const first = await site.run([domain], off);
  assert.equal(first.code, 0, first.lines.join('\n'));
  assert.match(
    first.lines[1] ?? '',
    /^<4>Submodules of example\.com are not fetched, so these folders are empty: "theme"\. .*FREEHOLD_GIT_SUBMODULES=on/,
  );
  assert.equal((await site.run([domain], off)).lines.length, 1, 'an unchanged pull repeats nothing');
  await commitPage(site.repository, 'two');
  assert.match((await site.run([domain], off)).lines[1] ?? '', /these folders are empty/);
});
