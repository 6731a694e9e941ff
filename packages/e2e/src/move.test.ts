// A site goes from one host to another: its folder as an archive, dropped where the other imports.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { type GitRemote, removeGitRemote, startGitRemote } from './git-remote.ts';
import { removeGitSites, startGitSite, untilState } from './git-sites.ts';
import { exec, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { carry, onSecond, removeSecondHost, startSecondHost } from './second-host.ts';
import { deliver, markOf, removeSites, unitOf } from './sites.ts';

const site = 'moving.test';
const fromGit = 'moving-git.test';
const units = [unitOf(site), `import@${site}`];
let remote: GitRemote;
let certificate: string;

before(async () => {
  await startSecondHost();
  // What the distribution's tar packs .zst with; a bare host has it not.
  await shell(
    'command -v zstd >/dev/null || apt-get install --yes --no-install-recommends zstd >/dev/null 2>&1',
  );
  remote = await startGitRemote();
  await remote.commit('1');
  const made = await makeCertificate([site, `www.${site}`]);
  certificate = made.certificate;
  await deliver(site, made.certificate + made.key);
  await exec(['systemctl', 'enable', '--quiet', '--now', unitOf(site)]);
  await startGitSite(fromGit, remote.urls.https);
  await untilState(fromGit, '1');
});
after(async () => {
  await removeSecondHost();
  await removeSites([site]);
  await removeGitSites([fromGit]);
  await removeGitRemote();
});

hostTest(
  'a static site and its certificate are served by the host that they are carried to',
  units,
  async () => {
    await carry(site, '.tar.gz');
    await onSecond('systemctl enable --quiet --now "static@$1"', site);
    const curl = 'curl -sk --max-time 5 --resolve "$1:443:127.0.0.1" "https://$1/"';
    const isServed = async () => (await onSecond(curl, site)).trim() === markOf(site);
    await waitFor('the page', isServed);
    const shown = await onSecond(
      'openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null | openssl x509',
      site,
    );
    assert.equal(new X509Certificate(shown).fingerprint256, new X509Certificate(certificate).fingerprint256);
    const owners = await onSecond(
      'stat -c "%u %a" "/data/domains/$1/static/www-content/index.html" "/data/domains/$1/TLS"',
      site,
    );
    assert.equal(owners.trim(), '10002 644\n0 700');
    assert.equal((await onSecond('ls -A /data/import')).trim(), '');
  },
);

hostTest('a git site continues on the other host from its repository', units, async () => {
  const certificate = await exec(['cat', '/usr/local/share/ca-certificates/remote.crt']);
  const trust =
    'echo "$1" >/usr/local/share/ca-certificates/remote.crt; update-ca-certificates >/dev/null 2>&1';
  await onSecond(trust, certificate);
  await carry(fromGit, '.tar.zst');
  await onSecond('systemctl enable --quiet --now "static-git@$1"', fromGit);
  const curl = 'curl -s --max-time 5 -H "Host: $1" http://127.0.0.1/';
  await waitFor('the page', async () => (await onSecond(curl, fromGit)).includes('state 1'));
});

hostTest('what is refused stays where it is, with a sentence, and a better one is taken', units, async () => {
  const said = await onSecond(
    `head -c 100000 /dev/urandom >/data/import/bad.test.tar.gz
     systemctl start static@bad.test 2>/dev/null && exit 1
     journalctl --unit import@bad.test --output cat --lines 5; ls /data/import /data/domains`,
  );
  assert.match(said, /bad\.test\.tar\.gz/);
  assert.doesNotMatch(said, /^bad\.test$/m);
  await onSecond(
    `rm /data/import/bad.test.tar.gz; mkdir -p /tmp/t/static/www-content; echo better >/tmp/t/static/www-content/index.html
     tar -C /tmp/t -cf /data/import/bad.test.tar .; systemctl start static@bad.test; rm -r /tmp/t`,
  );
  await waitFor('the page', async () =>
    (await onSecond('curl -s -H "Host: bad.test" http://127.0.0.1/')).includes('better'),
  );
});
