// Local files that somebody has changed, damaged or left behind: the next run repairs them.
import assert from 'node:assert/strict';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { domain, findLeftovers, makeSite, type SiteUnderTest } from './site-under-test.ts';

const files = { 'index.html': 'one', 'deep/page.html': 'page', '.gitignore': 'ignored\n' };

const tamperings: Record<string, (site: SiteUnderTest) => Promise<unknown>> = {
  'changed in length': (site) => appendFile(site.path('www-content/index.html'), '!'),
  'changed in place': (site) => writeFile(site.path('www-content/index.html'), 'two'),
  'made a program': (site) => chmod(site.path('www-content/index.html'), 0o755),
  removed: (site) => rm(site.path('www-content/deep'), { recursive: true }),
  added: (site) => writeFile(site.path('www-content/deep/bad.html'), ''),
  'added where git ignores it': (site) => writeFile(site.path('www-content/ignored'), ''),
  'replaced by a link': async (site) => {
    await rm(site.path('www-content/index.html'));
    await symlink('/etc/passwd', site.path('www-content/index.html'));
  },
};

async function makePulled(): Promise<{ site: SiteUnderTest; commit: string }> {
  const site = await makeSite();
  const commit = await site.repository.commit(files);
  assert.equal((await site.run()).code, 0);
  // Like nginx's ETags, git's index records the second of a change, so the change must come in a later one.
  // The kernel's clock for files lags by some milliseconds.
  const { mtimeMs } = await stat(site.path('www-content/index.html'));
  await waitFor('the next second', () => Date.now() >= (Math.floor(mtimeMs / 1000) + 1) * 1000 + 100);
  return { site, commit };
}

async function assertWhole(site: SiteUnderTest, commit: string): Promise<void> {
  assert.equal(await site.served(), commit);
  for (const [name, text] of Object.entries(files)) assert.equal(await site.read(name), text);
  assert.deepEqual((await readdir(site.path('www-content'))).sort(), [
    '.git',
    '.gitignore',
    'deep',
    'index.html',
  ]);
  assert.deepEqual(await readdir(site.path('www-content/deep')), ['page.html']);
  assert.equal((await stat(site.path('www-content/index.html'))).mode & 0o777, 0o644);
  assert.deepEqual(await findLeftovers(site), []);
}

describe('A file that was', { concurrency: 4 }, () => {
  for (const [name, tamper] of Object.entries(tamperings)) {
    test(`${name} is detected, and a new worktree of the same commit is published.`, async () => {
      const { site, commit } = await makePulled();
      await tamper(site);
      const { code, lines } = await site.run();
      assert.equal(code, 0, lines.join('\n'));
      assert.match(
        lines[0] ?? '',
        /^<4>The files of example\.com were changed locally; checking them out again: "/,
      );
      await assertWhole(site, commit);
      assert.deepEqual(await readdir(site.path('worktrees')), [`${commit}-2`]);
      assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
      await site.remove();
    });
  }
});

/** Each leaves repository.git in a state in which git fails or would misbehave. */
const damages: Record<string, (repository: string) => Promise<unknown>> = {
  'is gone': (repository) => rm(repository, { recursive: true }),
  'is a file': async (repository) => {
    await rm(repository, { recursive: true });
    await writeFile(repository, 'not a folder');
  },
  'has lost its objects': (repository) => rm(join(repository, 'objects'), { recursive: true }),
  'has lost HEAD': (repository) => rm(join(repository, 'HEAD')),
  'has a broken configuration': (repository) => writeFile(join(repository, 'config'), '[core\n'),
  'has empty references': (repository) => truncate(join(repository, 'refs/freehold/newest')),
  'has broken references': (repository) =>
    writeFile(join(repository, 'refs/freehold/newest'), 'x'.repeat(40)),
  'has a truncated pack': async (repository) => {
    for (const name of await packsIn(repository)) await truncate(name, 30);
  },
  'has overwritten packs': async (repository) => {
    for (const name of await packsIn(repository)) {
      await writeFile(name, Buffer.alloc((await stat(name)).size, 'x'));
    }
  },
  'has lost the records of its worktrees': (repository) =>
    rm(join(repository, 'worktrees'), { recursive: true }),
  'is full of locks of a dead run': async (repository) => {
    for (const name of ['HEAD', 'config', 'shallow', 'packed-refs', 'refs/freehold/newest']) {
      await writeFile(join(repository, `${name}.lock`), '');
    }
    await writeFile(join(repository, 'objects/pack/tmp_pack_x'), 'half');
    for (const name of await readdir(join(repository, 'worktrees'))) {
      await writeFile(join(repository, 'worktrees', name, 'index.lock'), '');
    }
  },
};

async function packsIn(repository: string): Promise<string[]> {
  const folder = join(repository, 'objects/pack');
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.pack'))
    .map((name) => join(folder, name));
  for (const name of names) await chmod(name, 0o644);
  return names;
}

describe('A repository.git that', { concurrency: 4 }, () => {
  for (const [name, damage] of Object.entries(damages)) {
    test(`${name} is repaired within the next run that has to change something.`, async () => {
      const { site, commit } = await makePulled();
      await damage(site.path('repository.git'));
      // The site was valid all the time: it is served unchanged during the repair.
      assert.equal(await site.read('index.html'), 'one');
      const next = await site.repository.commit({ 'index.html': 'two' });
      const { code, lines } = await site.run();
      assert.equal(code, 0, lines.join('\n'));
      assert.deepEqual([await site.served(), await site.read('index.html')], [next, 'two']);
      assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
      assert.equal(await readFile(site.path('previous/index.html'), 'utf8'), 'one');
      assert.deepEqual((await readdir(site.path('worktrees'))).sort(), [commit, next].sort());
      assert.deepEqual(await findLeftovers(site), []);
      await site.remove();
    });
  }
});

test('A repository.git without a record of the current commit leads to a new worktree and a warning.', async () => {
  const { site, commit } = await makePulled();
  await rm(site.path('repository.git'), { recursive: true });
  const { code, lines } = await site.run();
  assert.equal(code, 0, lines.join('\n'));
  assert.match(lines[0] ?? '', /^<4>Cannot compare the files of example\.com with their commit/);
  await assertWhole(site, commit);
  await site.remove();
});

test('A damaged repository.git and an unreachable remote leave the site as it is.', async () => {
  const { site, commit } = await makePulled();
  const away = join(site.data, 'git/away');
  await rename(site.repository.path, away);
  await rm(site.path('repository.git/objects'), { recursive: true });
  assert.equal((await site.run()).code, 1);
  assert.equal(await site.served(), commit);
  assert.equal(await site.read('index.html'), 'one');
  await rename(away, site.repository.path);
  assert.equal((await site.run()).code, 0);
  await assertWhole(site, commit);
  await site.remove();
});

test('A replaced link, whether by one to elsewhere or by a folder, is restored.', async () => {
  const { site, commit } = await makePulled();
  await rm(site.path('www-content'));
  await symlink('/etc', site.path('www-content'));
  assert.equal((await site.run()).code, 0);
  await assertWhole(site, commit);
  await rm(site.path('www-content'));
  await mkdir(site.path('www-content/sub'), { recursive: true });
  await writeFile(site.path('www-content/sub/file'), 'x');
  assert.equal((await site.run()).code, 0);
  await assertWhole(site, commit);
  await site.remove();
});

test("The error for a missing folder contains the domain's path.", async () => {
  const { site } = await makePulled();
  await rm(site.path(), { recursive: true });
  const { code, lines } = await site.run();
  assert.equal(code, 1);
  assert.match(
    lines.at(-1) ?? '',
    new RegExp(`does not exist. Create it with: systemctl start import@${domain}`),
  );
  await site.remove();
});
