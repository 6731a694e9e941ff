import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { type GitRemote, removeGitRemote, startGitRemote, thousandsOfFiles } from './git-remote.ts';
import {
  deliverGit,
  folderOf,
  pull,
  pullOf,
  removeGitSites,
  servedCommit,
  startGitSite,
  unitOfGit,
  untilState,
  writeGitFile,
} from './git-sites.ts';
import { exec, journal, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const [bySsh, byHttps] = ['ssh.test', 'https.test'] as const;
const all = [bySsh, byHttps];
const units = [...all.flatMap((domain) => [unitOfGit(domain), pullOf(domain), `import@${domain}`])];
let remote: GitRemote;

before(async () => {
  remote = await startGitRemote(thousandsOfFiles);
  await remote.commit('1');
});
after(async () => {
  await removeGitSites(all);
  await removeGitRemote();
});

hostTest(
  'a site of some thousand files is cloned over https at its first start, with a name and a password that nothing logs',
  units,
  async () => {
    const since = Date.now();
    await startGitSite(byHttps, remote.urls.https);
    await untilState(byHttps, '1');
    const files = Number(await shell('find "$1/www-content/" -type f | wc -l', folderOf(byHttps)));
    assert.ok(files > 2000, `${files} files`);
    assert.equal(await servedCommit(byHttps), await remote.work('git rev-parse HEAD'));
    const said = await journal(units, since);
    assert.match(said, /https:\/\//);
    assert.doesNotMatch(said, /pass%40word|pass@word/);
  },
);

hostTest(
  'an ssh server with an unknown host key is not trusted, its fingerprint is logged, and once the key is known the site starts automatically',
  units,
  async () => {
    const since = Date.now();
    await deliverGit(bySsh, { GITURL: `${remote.urls.ssh} main\n`, id_ed25519: remote.key });
    assert.equal((await tryExec(['systemctl', 'enable', '--quiet', '--now', unitOfGit(bySsh)])).code, 1);
    const fingerprint = await remote.work('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d" " -f2');
    const said = await waitFor('the fingerprint to be logged', async () => {
      const text = await journal([pullOf(bySsh)], since);
      return text.includes(fingerprint) && text;
    });
    assert.match(said, /known_hosts/);
    assert.doesNotMatch(said, /PRIVATE KEY/);
    const key = await remote.work('cat /etc/ssh/ssh_host_ed25519_key.pub');
    await writeGitFile(`/data/domains/${bySsh}`, 'known_hosts', `${remote.address} ${key}\n`);
    await untilState(bySsh, '1');
  },
);

hostTest('each transport brings an update', units, async () => {
  const commit = await remote.commit('2');
  for (const domain of all) {
    const { ok, said } = await pull(domain);
    assert.ok(ok, said);
    await untilState(domain, '2');
    assert.equal(await servedCommit(domain), commit);
  }
});

hostTest('a pull by the timer that finds nothing new starts no container', units, async () => {
  for (const domain of all) {
    await exec(['systemctl', 'stop', `gitpuller@${domain}.timer`]);
    await pull(domain);
    const since = await shell('date +%s.%N');
    await exec(['systemctl', 'start', `gitpuller-check@${domain}`]);
    const events = 'docker events --since "$1" --until "$(date +%s.%N)" --filter image=freehold/gitpuller';
    assert.equal(await shell(events, since), '');
  }
});

hostTest('and one that finds something starts a pull', units, async () => {
  await remote.commit('3');
  for (const domain of all) {
    assert.notEqual((await tryExec(['systemctl', 'start', `gitpuller-check@${domain}`])).code, 0);
    await untilState(domain, '3');
  }
});

hostTest(
  'a site keeps serving its content while its repository is gone, even after a restart',
  units,
  async () => {
    await exec(['systemctl', 'stop', ...all.map((domain) => `gitpuller@${domain}.timer`)]);
    await remote.pause();
    try {
      await exec(['systemctl', 'restart', unitOfGit(byHttps)]);
      await untilState(byHttps, '3');
    } finally {
      await remote.resume();
    }
  },
);
