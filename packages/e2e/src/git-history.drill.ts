// Everything that a repository's owner may do to its history, on a host. The tests of gitpuller show the same without one.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { GitRemote } from './git-remote.ts';
import { folderOf, follow, pull, pullOf, stateOf, unitOfGit, untilState } from './git-sites.ts';
import { shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { pullTo, removePulledSite, startPulledSite } from './pulled-site.ts';

const site = 'history.test';
const units = [unitOfGit(site), pullOf(site)];
let remote: GitRemote;

before(async () => {
  remote = await startPulledSite(site);
});
after(() => removePulledSite(site));

hostTest('a branch, a tag and a commit can be followed', units, async () => {
  const first = await remote.work('git rev-parse HEAD');
  await remote.work('git tag -a v1 -m one && git push -q origin v1');
  await remote.commit('2');
  await remote.commit('other', 'sideline');
  for (const [ref, state] of [
    ['sideline', 'other'],
    ['v1', '1'],
    ['main', '2'],
    [first, '1'],
  ] as const) {
    await follow(site, `${remote.urls.https} ${ref}`);
    await pullTo(site, state);
  }
  await follow(site, `${remote.urls.https} main`);
  await pullTo(site, '2');
});

hostTest('a rewritten history is published', units, async () => {
  await remote.work('git checkout -q main && git reset -q --hard HEAD~1');
  await remote.commit('3');
  await pullTo(site, '3');
});

hostTest('a pull that finds nothing new writes nothing', units, async () => {
  const trace = () => shell('find "$1" -printf "%p %i %C@ %T@\\n" | sort | sha256sum', folderOf(site));
  const before = await trace();
  const { ok, said } = await pull(site);
  assert.ok(ok, said);
  assert.equal(await trace(), before);
});

hostTest('a branch that is gone makes the pull fail with a reason, and the site stays', units, async () => {
  await follow(site, `${remote.urls.https} sideline`);
  await pullTo(site, 'other');
  await remote.work('git push -q origin --delete sideline');
  const { ok, said } = await pull(site);
  assert.equal(ok, false);
  assert.match(said, /sideline/);
  assert.equal(await stateOf(site), 'other');
  await follow(site, `${remote.urls.https} main`);
  await pullTo(site, '3');
});

hostTest('the next pull restores pages that somebody changed on the host', units, async () => {
  await shell('echo spoilt >"$1/www-content/index.html"', folderOf(site));
  const { ok, said } = await pull(site);
  assert.ok(ok, said);
  await untilState(site, '3');
});

hostTest('addresses of other kinds are refused by name, and the site stays', units, async () => {
  const state = await stateOf(site);
  for (const url of [
    'ext::sh -c id',
    'file:///etc',
    '--upload-pack=id',
    `/data/domains/other.test/repo.git`,
    'http://172.30.0.1/x',
    `git://${remote.address}/site.git`,
    '/data/git/private.git',
    'https://t0ken/s3cret@forge.test/x',
    `${remote.urls.https} --exec=id`,
    '',
  ]) {
    await follow(site, url);
    const { ok, said } = await pull(site);
    assert.equal(ok, false, `${url}: ${said}`);
    assert.match(said, /GITURL/, url);
    assert.doesNotMatch(said, /s3cret|t0ken/);
    assert.equal(await stateOf(site), state);
  }
  await follow(site, `${remote.urls.https} main`);
});
