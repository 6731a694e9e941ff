// Tests --to, and the timer's runs after it.
import assert from 'node:assert/strict';
import { appendFile, readFile, readlink, rename, rm } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { makeGitRepository } from '@freehold/testing/git-repository';
import { domain, findLeftovers, makeSite, type SiteUnderTest } from './site-under-test.ts';

const refused = (site: SiteUnderTest) => readFile(site.path('rolled-back'), 'utf8').catch(() => undefined);

/** A site that has published `one`, then `two`. */
async function makeRolled(): Promise<{ site: SiteUnderTest; one: string; two: string }> {
  const site = await makeSite();
  const one = await site.repository.commit({ 'index.html': 'one' });
  assert.equal((await site.run()).code, 0);
  const two = await site.repository.commit({ 'index.html': 'two' });
  assert.equal((await site.run()).code, 0);
  return { site, one, two };
}

async function roll(site: SiteUnderTest, to: string): Promise<string> {
  const { code, lines } = await site.run([domain, '--to', to]);
  assert.equal(code, 0, lines.join('\n'));
  return lines.join('\n');
}

describe('--to', { concurrency: 4 }, () => {
  test('The previous commit is restored immediately, without a remote or a GITURL, even from an abbreviated id.', async () => {
    const { site, one, two } = await makeRolled();
    await rm(site.repository.path, { recursive: true });
    await site.write('GITURL', 'nonsense');
    const output = await roll(site, one.slice(0, 8));
    assert.match(
      output,
      new RegExp(`now serves ${one} .* until the remote has a newer commit than ${two.slice(0, 7)}`),
    );
    assert.equal(await site.read('index.html'), 'one');
    assert.equal(await readlink(site.path('previous')), `worktrees/${two}`);
    assert.equal(await refused(site), `${two}\n`);
    assert.deepEqual(await findLeftovers(site), []);
    await site.remove();
  });

  test('A rollback persists until the remote has a newer commit, which is published.', async () => {
    const { site, one, two } = await makeRolled();
    await roll(site, one);
    for (const _ of [1, 2]) {
      const { code, lines } = await site.run();
      assert.deepEqual([code, lines.length, await site.served()], [0, 1, one]);
      assert.match(
        lines[0] ?? '',
        new RegExp(`^<6>example\\.com stays at ${one.slice(0, 7)}: .* rolled back from ${two}`),
      );
    }
    const three = await site.repository.commit({ 'index.html': 'three' });
    assert.equal((await site.run()).code, 0);
    assert.deepEqual([await site.served(), await refused(site)], [three, undefined]);
    await site.remove();
  });

  test('Two rollbacks in a row both exclude the newest commit, and publishing that one ends them.', async () => {
    const { site, one, two } = await makeRolled();
    const three = await site.repository.commit({ 'index.html': 'three' });
    await site.run();
    await roll(site, two);
    await roll(site, one);
    assert.equal(await refused(site), `${three}\n`);
    assert.equal((await site.run()).code, 0);
    assert.equal(await site.served(), one);
    await roll(site, three);
    assert.equal(await refused(site), undefined);
    assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
    assert.equal(await site.served(), three);
    await site.remove();
  });

  test('A commit that is not local is fetched by its full id; an abbreviated id is refused, and a missing commit is reported.', async () => {
    const { site } = await makeRolled();
    await site.repository.git('checkout', '--quiet', '-b', 'next');
    const other = await site.repository.commit({ 'index.html': 'other' });
    const short = await site.run([domain, '--to', other.slice(0, 10)]);
    assert.deepEqual([short.code, short.lines.length], [1, 1]);
    assert.match(short.lines[0] ?? '', /no local commit begins with it\. Give the full id/);
    await roll(site, other);
    assert.equal(await site.read('index.html'), 'other');
    const nowhere = await site.run([domain, '--to', '1'.repeat(40)]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.lines.at(-1) ?? '', /does not have the requested commit \(any more\).*1{40}/);
    assert.equal(await site.served(), other);
    await site.remove();
  });

  test('Rolling back to the current commit changes nothing, and the commit that was rolled back stays so.', async () => {
    const { site, one, two } = await makeRolled();
    assert.match(await roll(site, two), /serves .* already/);
    assert.equal(await refused(site), undefined);
    await roll(site, one);
    await roll(site, one);
    assert.equal(await refused(site), `${two}\n`);
    await site.remove();
  });

  test("A first publication by --to also excludes the remote's newest commit at that time.", async () => {
    const site = await makeSite();
    const one = await site.repository.commit({ 'index.html': 'one' });
    await site.repository.commit({ 'index.html': 'two' });
    await roll(site, one);
    assert.match((await site.run()).lines.join('\n'), /stays at/);
    assert.equal(await site.served(), one);
    await site.remove();
  });

  test('Another repository in GITURL ends a rollback.', async () => {
    const { site, one } = await makeRolled();
    await roll(site, one);
    const other = await makeGitRepository(`${site.data}/git/other`);
    const commit = await other.commit({ 'index.html': 'other' });
    await site.write('GITURL', other.path);
    assert.equal((await site.run()).code, 0);
    assert.deepEqual([await site.served(), await refused(site)], [commit, undefined]);
    await site.remove();
  });

  test('A previous worktree that somebody has changed is checked out again before it is served.', async () => {
    const { site, one } = await makeRolled();
    await appendFile(site.path('previous/index.html'), 'bad');
    assert.match(await roll(site, one), /were changed locally/);
    assert.equal(await site.read('index.html'), 'one');
    await site.remove();
  });

  test('A rolled-back site whose files somebody changes stays rolled back, and its files are restored.', async () => {
    const { site, one } = await makeRolled();
    await roll(site, one);
    await appendFile(site.path('www-content/index.html'), 'bad');
    assert.equal((await site.run()).code, 0);
    assert.deepEqual([await site.served(), await site.read('index.html')], [one, 'one']);
    assert.match((await site.run()).lines.join('\n'), /stays at/);
    await site.remove();
  });

  test('A rollback works without repository.git, from the remaining worktree.', async () => {
    const { site, one } = await makeRolled();
    await rename(site.path('repository.git'), site.path('gone'));
    await roll(site, one);
    assert.equal(await site.read('index.html'), 'one');
    await site.remove();
  });
});
