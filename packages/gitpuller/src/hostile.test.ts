// Nothing that comes from a repository is run, and nothing is fetched from where it points. Each program that must not
// run would leave a file behind.
import assert from 'node:assert/strict';
import { access, appendFile, chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startGitDaemon } from '@freehold/testing/git-daemon';
import { makeGitRepository } from '@freehold/testing/git-repository';
import { domain, makeSite, type SiteUnderTest } from './site-under-test.ts';

interface Trap {
  /** A program that leaves a file behind. */
  readonly program: string;
  assertUntouched(): Promise<void>;
}

async function layTrap(site: SiteUnderTest): Promise<Trap> {
  const program = join(site.data, 'trap');
  await writeFile(program, `#!/bin/sh\ntouch ${program}.sprung\ncat\n`);
  await chmod(program, 0o755);
  return {
    program,
    async assertUntouched() {
      await assert.rejects(access(`${program}.sprung`), { code: 'ENOENT' });
    },
  };
}

const hooks = [
  'post-checkout',
  'reference-transaction',
  'post-index-change',
  'pre-auto-gc',
  'post-merge',
  'post-update',
];

async function writeHooks(folder: string, { program }: Trap): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of hooks) {
    await writeFile(join(folder, name), `#!/bin/sh\nexec ${program} </dev/null\n`);
    await chmod(join(folder, name), 0o755);
  }
}

/** What a configuration could run, if anybody's counted. */
function evilConfiguration({ program }: Trap, hooksPath: string): string {
  return `[core]
\tfsmonitor = ${program}
\thooksPath = ${hooksPath}
\tsshCommand = ${program}
\tgitProxy = ${program}
\tpager = ${program}
\teditor = ${program}
\talternateRefsCommand = ${program}
[filter "evil"]
\tsmudge = ${program}
\tclean = ${program}
\tprocess = ${program}
\trequired = true
[diff]
\texternal = ${program}
[uploadpack]
\tpackObjectsHook = ${program}
[protocol]
\tallow = always
[credential]
\thelper = !${program}
`;
}

test('Hooks, filters and settings of the repository do not run, wherever they are.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  await site.repository.commit({
    '.gitattributes': '* filter=evil diff=evil merge=evil ident text eol=crlf\n',
    '.gitconfig': evilConfiguration(trap, '.'),
    'post-checkout': `#!/bin/sh\n${trap.program}\n`,
    'index.html': 'one\n$Id$\n',
  });
  const gitFolder = join(site.repository.path, '.git');
  await writeHooks(join(gitFolder, 'hooks'), trap);
  await appendFile(join(gitFolder, 'config'), evilConfiguration(trap, join(gitFolder, 'hooks')));
  const { code, lines } = await site.run();
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.read('index.html'), 'one\n$Id$\n', 'byte for byte as it was committed');
  assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
  await trap.assertUntouched();
  await site.remove();
});

test('Settings and hooks that somebody writes into repository.git do not run, and do not last.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  await site.repository.commit({ '.gitattributes': '* filter=evil\n', 'index.html': 'one' });
  await site.run();
  await writeHooks(site.path('repository.git/hooks'), trap);
  const settings = evilConfiguration(trap, site.path('repository.git/hooks'));
  // What is compared on the way to "unchanged" reads it; what changes something removes it first.
  await appendFile(site.path('repository.git/config'), settings.replace(/\tfsmonitor.*\n/, ''));
  await site.repository.commit({ 'index.html': 'two' });
  const { code, lines } = await site.run();
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.read('index.html'), 'two');
  await trap.assertUntouched();
  await site.remove();
});

test('What the environment would have git do counts for nothing.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  await site.repository.commit({ '.gitattributes': '* filter=evil\n', 'index.html': 'one' });
  await writeFile(join(site.data, 'config'), evilConfiguration(trap, site.data));
  const { code, lines } = await site.run([domain], {
    GIT_CONFIG_SYSTEM: join(site.data, 'config'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: trap.program,
    GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${trap.program}'`,
    GIT_SSH_COMMAND: trap.program,
    GIT_EXTERNAL_DIFF: trap.program,
    GIT_DIR: '/nowhere',
    GIT_INDEX_FILE: '/nowhere',
    GIT_ALLOW_PROTOCOL: 'ext',
    HOME: site.data,
  });
  assert.equal(code, 0, lines.join('\n'));
  await trap.assertUntouched();
  await site.remove();
});

/** A commit with one submodule, made by hand, as git itself refuses to make most of these. */
async function commitSubmodule(
  site: SiteUnderTest,
  module: { name?: string; path?: string; url: string },
): Promise<string> {
  const { name = 'sub', path = 'sub', url } = module;
  const { repository } = site;
  const settings = `[submodule "${name}"]\n\tpath = ${path}\n\turl = ${url}\n\tupdate = !${site.data}/trap\n`;
  await repository.commit({ 'index.html': 'one', '.gitmodules': settings });
  await repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},${path}`);
  await repository.git('commit', '--quiet', '--message', 'A submodule');
  return repository.git('rev-parse', 'HEAD');
}

const hostileSubmodules: Record<string, { name?: string; path?: string; url: string }> = {
  'a program': { url: 'ext::DATA/trap' },
  'a path on this host': { url: 'DATA/git/other' },
  'a path on this host by URL': { url: 'file://DATA/git/other' },
  'a path beside the repository': { url: '../other' },
  'an unencrypted server': { url: 'http://127.0.0.1:1/x' },
  'an option': { url: '-uDATA/trap' },
  'an ssh option': { url: 'ssh://-oProxyCommand=DATA/trap/x' },
  'itself under a name that leads out': { name: '../../hooks', url: 'git://127.0.0.1:1/x' },
};

describe('With submodules on, one that is', { concurrency: 4 }, () => {
  for (const [what, module] of Object.entries(hostileSubmodules)) {
    test(`${what} is refused with a reason, and the site goes on.`, async () => {
      const site = await makeSite();
      const trap = await layTrap(site);
      const other = await makeGitRepository(join(site.data, 'git/other'));
      await other.commit({ secret: 'secret' });
      const env = { FREEHOLD_GIT_SUBMODULES: 'on' };
      const good = await site.repository.commit({ 'index.html': 'good' });
      assert.equal((await site.run([domain], env)).code, 0);
      await commitSubmodule(site, { ...module, url: module.url.replace('DATA', site.data) });
      const { code, lines } = await site.run([domain], env);
      assert.equal(code, 1, lines.join('\n'));
      assert.match(lines.at(-1) ?? '', /The site goes on with/);
      assert.equal(await site.served(), good);
      await trap.assertUntouched();
      await site.remove();
    });
  }
});

test('With submodules off, the same repositories are served without what they point to.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  const commit = await commitSubmodule(site, { url: `ext::${trap.program}` });
  assert.equal((await site.run()).code, 0);
  assert.equal(await site.served(), commit);
  assert.deepEqual(await readdir(site.path('www-content/sub')), []);
  await trap.assertUntouched();
  await site.remove();
});

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
  const env = { FREEHOLD_GIT_SUBMODULES: 'on' };
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

test('A commit that would write into .git is refused, and the site goes on.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  const good = await site.repository.commit({ 'index.html': 'good' });
  assert.equal((await site.run()).code, 0);
  const { git } = site.repository;
  const blob = await git('hash-object', '-w', '--literally', '-t', 'blob', trap.program);
  const bytes = Buffer.from(blob, 'hex');
  for (const name of ['.git', '.GIT', 'git~1', '..']) {
    const tree = join(site.data, 'tree');
    await writeFile(tree, Buffer.concat([Buffer.from(`100755 ${name}\0`), bytes]));
    const id = await git('hash-object', '-w', '--literally', '-t', 'tree', tree);
    const commit = await git('commit-tree', '-m', 'Evil', id);
    await git('update-ref', 'refs/heads/main', commit);
    const { code, lines } = await site.run();
    assert.equal(code, 1, `${name}: ${lines.join('\n')}`);
    assert.match(lines.at(-1) ?? '', /its commit cannot be checked out \(/);
    assert.doesNotMatch(lines.join('\n'), /made anew/);
    assert.deepEqual([await site.served(), await site.read('index.html')], [good, 'good']);
  }
  await trap.assertUntouched();
  await site.remove();
});

test('Files kept with git LFS are said to be pointers, and the rest is published.', async () => {
  const site = await makeSite();
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 5\n`;
  await site.repository.commit({
    '.gitattributes': '*.png filter=lfs diff=lfs merge=lfs -text\n',
    'a.png': pointer,
    'b/c.png': pointer,
    'index.html': 'one',
  });
  const { code, lines } = await site.run();
  assert.equal(code, 0);
  assert.match(lines[1] ?? '', /^<4>2 files of example\.com are kept with git LFS, which is not supported/);
  assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
  await site.remove();
});
