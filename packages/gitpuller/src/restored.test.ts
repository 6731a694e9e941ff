// Tests a site's folder after `cp -a`, `chown -R` or a restore: same content and times, other inodes and
// status change times.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGitHttpsServer } from '@freehold/testing/git-https-server';
import { makeGitRepository } from '@freehold/testing/git-repository';
import { waitFor } from '@freehold/testing/wait-for';
import { domain, fingerprint, makeSite, type SiteUnderTest } from './site-under-test.ts';

/** The files that git would read again because stat(2) differs from the index. */
async function staleFiles(site: SiteUnderTest, record: string, path: string): Promise<string[]> {
  const output = await site.repository.git(
    ...['--git-dir', site.path(record), '--work-tree', site.path(path)],
    ...['diff-files', '--name-only'],
  );
  return output.split('\n').filter(Boolean);
}

async function restore(site: SiteUnderTest): Promise<void> {
  const saved = `${site.path()}.saved`;
  execFileSync('cp', ['--archive', site.path(), saved]);
  await rm(site.path(), { recursive: true });
  await rename(saved, site.path());
}

test('After a restore, one pull reads all files again, and later pulls none; a change is still detected.', async (context) => {
  const site = await makeSite();
  context.after(site.remove);
  const commit = await site.repository.commit({ 'index.html': 'one', 'deep/page.html': 'page' });
  assert.equal((await site.run()).code, 0);
  const record = `repository.git/worktrees/${commit}`;
  const stale = () => staleFiles(site, record, `worktrees/${commit}`);
  assert.deepEqual(await stale(), []);
  await restore(site);
  assert.equal((await stale()).length, 2, 'a restore makes them stale');
  assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
  assert.deepEqual(await stale(), []);
  const before = await fingerprint(site.path());
  assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
  assert.deepEqual(await fingerprint(site.path()), before, 'the next pull writes nothing');
  // With its previous length and modification time.
  const page = site.path('www-content/index.html');
  const { atime, mtime, ctimeMs } = await stat(page);
  // git's index records the second of a change, so the change must come in a later one. The kernel's clock
  // for files lags by some milliseconds.
  await waitFor('the next second', () => Date.now() >= (Math.floor(ctimeMs / 1000) + 1) * 1000 + 100);
  await writeFile(page, 'two');
  await utimes(page, atime, mtime);
  assert.match((await site.run()).lines[0] ?? '', /The files of example\.com were changed.*"index\.html"/);
  assert.equal(await site.read('index.html'), 'one');
});

test('A file that was changed before the restore is detected after it.', async (context) => {
  const site = await makeSite();
  context.after(site.remove);
  await site.repository.commit({ 'index.html': 'one' });
  assert.equal((await site.run()).code, 0);
  await appendFile(site.path('www-content/index.html'), '!');
  await restore(site);
  assert.match((await site.run()).lines[0] ?? '', /were changed locally/);
  assert.equal(await site.read('index.html'), 'one');
});

test('The files of submodules are read once after a restore, too.', async (context) => {
  const site = await makeSite();
  const server = await startGitHttpsServer(join(site.data, 'git'));
  context.after(async () => {
    await server.stop();
    await site.remove();
  });
  const module = await makeGitRepository(join(site.data, 'git/module'));
  const head = await module.commit({ 'page.html': 'page' });
  const url = `${server.url}/module/.git`;
  await site.repository.commit({ '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = ${url}\n` });
  await site.repository.git('update-index', '--add', '--cacheinfo', `160000,${head},sub`);
  await site.repository.git('commit', '--quiet', '--message', 'A submodule');
  const env = { FREEHOLD_GIT_SUBMODULES: 'on', GIT_SSL_CAINFO: server.certificate };
  assert.equal((await site.run([domain], env)).code, 0);
  const [store = ''] = await readdir(site.path('submodules'));
  const record = join('submodules', store, 'worktrees/sub');
  const stale = () => staleFiles(site, record, 'www-content/sub');
  assert.deepEqual(await stale(), []);
  await restore(site);
  assert.equal((await stale()).length, 1);
  assert.match((await site.run([domain], env)).lines.join('\n'), /^<6>Unchanged/);
  assert.deepEqual(await stale(), []);
});
