// The webhook that a forge calls at a push.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { type GitRemote, removeGitRemote, startGitRemote } from './git-remote.ts';
import {
  folderOf,
  pull,
  pullOf,
  removeGitSites,
  startGitSite,
  stateOf,
  unitOfGit,
  untilState,
  writeGitFile,
} from './git-sites.ts';
import { etcdctl, exec, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const [site, other] = ['push.test', 'unpushed.test'] as const;
const units = [unitOfGit(site), pullOf(site), `gitpuller@${site}.path`, 'gitpuller-hook.socket'];
const secret = 'a secret of some length';
const path = '/.well-known/freehold/pull';
let remote: GitRemote;

before(async () => {
  remote = await startGitRemote();
  await remote.commit('1');
  for (const domain of [site, other]) {
    await startGitSite(domain, remote.urls.https);
    await untilState(domain, '1');
    await exec(['systemctl', 'stop', `gitpuller@${domain}.timer`]);
  }
});
after(async () => {
  await removeGitSites([site, other]);
  await removeGitRemote();
});

/** Calls the webhook over https and returns the status. */
async function call(headers: Record<string, string>, body = '{}', domain: string = site): Promise<string> {
  const lines = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const options = [
    '--silent',
    '--insecure',
    '--output',
    '/dev/null',
    '--write-out',
    '%{http_code}',
    '--max-time',
    '30',
  ];
  const target = ['--resolve', `${domain}:443:127.0.0.1`, `https://${domain}${path}`];
  return exec(['curl', ...options, ...lines, '--data-binary', '@-', ...target], body);
}

const sign = (body: string, key = secret) => createHmac('sha256', key).update(body).digest('hex');

/** nginx accepts one call per second, and a few more in a burst: repeats the call until it is accepted. */
const insist = (headers: Record<string, string>, body?: string) =>
  waitFor(
    'the site to accept the call',
    async () => {
      const status = await call(headers, body);
      return status !== '429' && status;
    },
    { everyMs: 1100 },
  );

hostTest('without a secret, the path does not exist', units, async () => {
  assert.equal(await call({ 'x-hub-signature-256': `sha256=${sign('{}')}` }), '404');
  assert.equal(await call({}), '404');
  assert.equal(await shell('systemctl list-units --all --no-legend "gitpuller-hook@*" | wc -l'), '0');
});

hostTest(
  'with one, a call that a forge signs with it starts a pull immediately, and no other does',
  units,
  async () => {
    await writeGitFile(`/data/domains/${site}`, 'WEBHOOK_SECRET', `${secret}\n`);
    assert.ok((await pull(site)).ok);
    const body = JSON.stringify({ ref: 'refs/heads/main', padding: 'x'.repeat(100_000) });
    // All forms are in answer-hook.test.ts.
    const forms: [string, Record<string, string>][] = [
      ['GitHub', { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${sign(body)}` }],
      ['GitLab', { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': secret }],
    ];
    for (const [forge, headers] of forms) {
      await remote.commit(forge);
      assert.equal(
        await insist({ 'x-hub-signature-256': `sha256=${sign(body, 'another secret')}` }, body),
        '401',
      );
      assert.equal(await insist(headers, body), '202', forge);
      await untilState(site, forge);
    }
    assert.equal(await call({ 'x-gitea-signature': sign('{}') }, '{}', other), '404');
    assert.equal(await stateOf(other), '1');
  },
);

hostTest('a push during a pull is not lost', units, async () => {
  for (const state of ['one', 'two', 'three']) {
    await remote.commit(state);
    assert.equal(await insist({ 'x-gitlab-token': secret }), '202');
  }
  await untilState(site, 'three');
});

hostTest('a flood of calls is rejected, and affects neither the site nor the host', units, async () => {
  const statuses = await shell(
    `for i in $(seq 60); do curl -sk -o /dev/null -w '%{http_code}\\n' -m 20 -H 'X-Gitea-Signature: 00' -d x --resolve "$1:443:127.0.0.1" "https://$1$2" & done; wait`,
    site,
    path,
  );
  const tally = Map.groupBy(statuses.split('\n'), (status) => status);
  assert.deepEqual(
    [...tally.keys()].filter((status) => !['401', '429', '503'].includes(status)),
    [],
  );
  assert.ok((tally.get('429')?.length ?? 0) >= 40, statuses);
  assert.equal(await stateOf(site), 'three');
  assert.equal((await tryExec(['systemctl', 'is-active', 'gitpuller-hook.socket'])).stdout.trim(), 'active');
  await remote.commit('after');
  assert.equal(await insist({ 'x-gitlab-token': secret }), '202');
  await untilState(site, 'after');
});

hostTest('slow calls do not block those of other sites', units, async () => {
  // A client that sends its body byte by byte.
  const slow = `{ (printf "POST $2 HTTP/1.1\\r\\nHost: $1\\r\\nX-Gitea-Signature: 00\\r\\nContent-Length: 100\\r\\n\\r\\n"; for i in 1 2 3 4 5 6; do printf x; sleep 1; done) | timeout 10 socat - TCP:127.0.0.1:80; } >/dev/null 2>&1 &`;
  await shell(`for n in 1 2 3 4 5 6 7 8 9 10; do ${slow} done`, site, path);
  await writeGitFile(`/data/domains/${other}`, 'WEBHOOK_SECRET', `${secret}\n`);
  await waitFor('its webhook to be known', async () => {
    await pull(other);
    return (await shell('ls "$1"', folderOf(other))).includes('webhook');
  });
  assert.equal(await call({ 'x-gitlab-token': secret }, '{}', other), '202');
});

hostTest('a secret that is removed removes the path too', units, async () => {
  await shell('rm "$1"', `/data/domains/${site}/static-git/WEBHOOK_SECRET`);
  // The first pull may have been in progress already.
  await waitFor('the mark to be gone', async () => {
    await pull(site);
    return (await shell('ls "$1"', folderOf(site))).includes('webhook') === false;
  });
  assert.equal(await call({ 'x-gitlab-token': secret }), '404');
});

hostTest('a stopped site stops its timer and its webhook', units, async () => {
  await exec(['systemctl', 'start', `gitpuller@${site}.timer`]);
  await exec(['systemctl', 'stop', unitOfGit(site)]);
  for (const unit of [`gitpuller@${site}.timer`, `gitpuller@${site}.path`, `discovery@${site}`]) {
    assert.equal((await tryExec(['systemctl', 'is-active', unit])).stdout.trim(), 'inactive', unit);
  }
  assert.match(
    await etcdctl(['get', '--print-value-only', '--prefix', `/services/static-git/${site}/`]),
    /^{"boot"/,
  );
  await exec(['systemctl', 'start', unitOfGit(site)]);
  await untilState(site, 'after');
  assert.match(await shell('systemctl list-timers --no-legend "gitpuller@$1.timer"', site), /gitpuller/);
});
