// Nothing from a repository is executed, and nothing that it refers to is fetched. Each program that must not
// run would leave a file behind.
import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { domain, makeSite } from './site-under-test.ts';
import { layTrap, type Trap, writeHooks } from './trap-under-test.ts';

/** Programs that a git configuration could run, if a foreign one took effect. */
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
  assert.equal(await site.read('index.html'), 'one\n$Id$\n', 'byte for byte as committed');
  assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
  await trap.assertUntouched();
  await site.remove();
});

test('Settings and hooks that somebody writes into repository.git neither run nor persist.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  await site.repository.commit({ '.gitattributes': '* filter=evil\n', 'index.html': 'one' });
  await site.run();
  await writeHooks(site.path('repository.git/hooks'), trap);
  const settings = evilConfiguration(trap, site.path('repository.git/hooks'));
  // The comparison that finds 'unchanged' reads it; a run that changes something removes it first.
  await appendFile(site.path('repository.git/config'), settings.replace(/\tfsmonitor.*\n/, ''));
  await site.repository.commit({ 'index.html': 'two' });
  const { code, lines } = await site.run();
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.read('index.html'), 'two');
  await trap.assertUntouched();
  await site.remove();
});

test('Environment variables for git have no effect.', async () => {
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

test('A commit that would write into .git is refused, and the site is unchanged.', async () => {
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
    assert.doesNotMatch(lines.join('\n'), /fetched again/);
    assert.deepEqual([await site.served(), await site.read('index.html')], [good, 'good']);
  }
  await trap.assertUntouched();
  await site.remove();
});

test('Files stored with git LFS are reported as pointers, and the rest is published.', async () => {
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
