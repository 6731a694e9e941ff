// Pulls that are killed, and commits that are too large, on a whole host.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import type { GitRemote } from './git-remote.ts';
import { folderOf, follow, pull, pullOf, servedCommit, stateOf, unitOfGit } from './git-sites.ts';
import { exec, journal, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { pullTo, removePulledSite, startPulledSite } from './pulled-site.ts';

const site = 'limits.test';
const units = [unitOfGit(site), pullOf(site)];
let remote: GitRemote;

before(async () => {
  remote = await startPulledSite(site);
});
after(() => removePulledSite(site));

hostTest('a pull that is killed leaves the site as it is, and the next one succeeds', units, async () => {
  for (const state of ['6', '7', '8']) {
    await remote.commit(state);
    const since = Date.now();
    await exec(['systemctl', 'start', '--no-block', pullOf(site)]);
    const kill =
      'for i in $(seq 100); do docker ps --quiet --filter ancestor=freehold/gitpuller | xargs --no-run-if-empty docker kill | grep . && break; sleep 0.02; done';
    assert.notEqual(await shell(kill), '', 'a container was killed');
    await waitFor('the end of the pull', async () => /status=137/.test(await journal([pullOf(site)], since)));
    await stateOf(site);
    await pullTo(site, state);
  }
  assert.equal(await shell('ls "$1/worktrees" | wc -l', folderOf(site)), '2');
  assert.equal(await servedCommit(site), await remote.work('git rev-parse main'));
});

hostTest(
  'each pull refuses a commit that would fill the disk, and large commits do not fill it over time',
  units,
  async () => {
    const state = await stateOf(site);
    const sizeOf = async (folder: string) =>
      Number(await shell('du -sm "$1" | cut -f1', `${folderOf(site)}/${folder}`));
    await remote.work(
      `head -c 20000000 /dev/zero >zero.bin && blob=$(git hash-object -w zero.bin) && rm zero.bin
       for i in $(seq 150); do printf '100644 blob %s\\t%s.bin\\n' "$blob" "$i"; done >/tmp/bomb
       git push -q --force origin "$(git commit-tree -m bomb "$(git mktree </tmp/bomb)"):refs/heads/bomb"`,
    );
    await follow(site, `${remote.urls.https} bomb`);
    for (const _ of [1, 2]) {
      const { ok, said } = await pull(site);
      assert.equal(ok, false);
      assert.match(said, /its commit takes more than 2000 MB when it is checked out/);
      assert.equal(await stateOf(site), state);
    }
    assert.ok((await sizeOf('worktrees')) < 10);
    await follow(site, `${remote.urls.https} large`);
    for (const count of [1, 2, 3, 4, 5]) {
      await remote.work('git checkout -q -B large main && head -c 15000000 /dev/urandom >large.bin');
      await remote.commit(`large ${count}`, 'large');
      await pullTo(site, `large ${count}`);
    }
    assert.ok((await sizeOf('repository.git')) < 70);
    assert.doesNotMatch(await journal([pullOf(site)], 0), /repacked/);
    await remote.work('git checkout -q main');
    await follow(site, `${remote.urls.https} main`);
    await pullTo(site, state);
  },
);
