import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { GitRemote } from './git-remote.ts';
import { follow, pull, pullOf, stateOf, unitOfGit, untilState } from './git-sites.ts';
import { exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { pullTo, removePulledSite, startPulledSite } from './pulled-site.ts';

const site = 'history.test';
const units = [unitOfGit(site), pullOf(site)];
let remote: GitRemote;

before(async () => {
  remote = await startPulledSite(site);
});
after(() => removePulledSite(site));

hostTest('a branch can be followed', units, async () => {
  await remote.commit('other', 'sideline');
  await follow(site, `${remote.urls.https} sideline`);
  await pullTo(site, 'other');
  await follow(site, `${remote.urls.https} main`);
  await pullTo(site, '1');
  for (const state of ['2', '3']) {
    await remote.commit(state);
    await pullTo(site, state);
  }
});

hostTest(
  'a rollback is served immediately, lasts until the branch moves on, and ends then',
  units,
  async () => {
    await exec([`${repository}/scripts/roll-back.sh`, site]);
    await untilState(site, '2');
    await pullTo(site, '2');
    const first = await remote.work('git rev-parse main~2');
    await exec([`${repository}/scripts/roll-back.sh`, site, first]);
    await untilState(site, '1');
    await remote.commit('4');
    await pullTo(site, '4');
  },
);

hostTest('an address of another kind is refused by name, and the site stays', units, async () => {
  const state = await stateOf(site);
  await follow(site, 'https://t0ken/s3cret@forge.test/x');
  const { ok, said } = await pull(site);
  assert.equal(ok, false, said);
  assert.match(said, /GITURL/);
  assert.doesNotMatch(said, /s3cret|t0ken/);
  assert.equal(await stateOf(site), state);
  await follow(site, `${remote.urls.https} main`);
});

hostTest(
  'a pull can access neither etcd nor the folder of another domain, and no Docker socket',
  units,
  async () => {
    const options = await shell(
      `systemctl show --property=Environment --value "${pullOf(site)}" | tr -d '"' | sed 's/PULLER=//; s/DATA=//; s/FREEHOLD_GIT_REPOSITORIES=[^ ]*//'`,
    );
    await shell(
      'for folder in domains/secret.test git/private; do mkdir -p /data/$folder && echo secret >/data/$folder/file; done',
    );
    const script =
      'cat /data/domains/secret.test/file /data/git/private/file || ls /run/docker.sock /var/run/docker.sock || git ls-remote https://172.30.0.1:2379/x || git ls-remote https://127.0.0.1:2379/x';
    const { code, stdout, stderr } = await tryExec([
      'bash',
      '-c',
      `docker run ${options} --entrypoint /bin/sh freehold/gitpuller -c "$0"`,
      script,
    ]);
    await shell('rm -r /data/domains/secret.test /data/git');
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /No such file.*(?:Connection refused|Failed to connect|Couldn't connect)/s);
  },
);
