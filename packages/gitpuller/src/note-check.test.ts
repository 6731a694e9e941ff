// images/gitpuller/check.sh says that nothing is new where a pull would say so, and is silent wherever it might not.
import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type GitHttpsServer, startGitHttpsServer } from '@freehold/testing/git-https-server';
import { domain, makeSite, type SiteUnderTest } from './site-under-test.ts';

const login = 'me:s3cret%2F';

describe('check.sh', () => {
  let site: SiteUnderTest;
  let server: GitHttpsServer;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    site = await makeSite();
    server = await startGitHttpsServer(join(site.data, 'git'), { login: decodeURIComponent(login) });
    env = { GIT_SSL_CAINFO: server.certificate };
  });
  after(async () => {
    await server.stop();
    await site.remove();
  });
  const giturl = (rest = '') => `https://${login}@localhost:${server.port}/site/.git${rest}\n`;
  const pull = async (extra: NodeJS.ProcessEnv = {}) => {
    const { code, lines } = await site.run([domain], { ...env, ...extra });
    assert.equal(code, 0, lines.join('\n'));
    return lines;
  };
  const check = (extra: NodeJS.ProcessEnv = {}) => site.check({ ...env, ...extra });
  beforeEach(async () => {
    await site.write('GITURL', giturl());
    await site.repository.commit({ 'index.html': `${Math.random()}` });
    await pull();
    assert.match(await check(), /^Unchanged: example\.com serves [0-9a-f]{40} \(.*, main of https/);
  });

  test('It says the same sentence as a pull, and neither writes a secret to the disk.', async () => {
    const said = await check();
    assert.ok((await pull()).some((line) => line.endsWith(said)));
    for (const name of await readdir(site.path('check'))) {
      assert.doesNotMatch(await readFile(site.path('check', name), 'utf8'), /s3cret/, name);
    }
  });

  test('A new commit is left to a pull, and then it is the one that is unchanged.', async () => {
    const commit = await site.repository.commit({ 'index.html': 'new' });
    assert.equal(await check(), '');
    await pull();
    assert.match(await check(), new RegExp(commit));
  });

  const changes: Record<string, () => Promise<unknown>> = {
    'another branch in GITURL': () => site.write('GITURL', giturl(' other')),
    'another password': () => site.write('GITURL', giturl().replace('s3cret', 's3cre7')),
    'a new webhook secret': () => site.write('WEBHOOK_SECRET', 'a secret of more than 16 characters'),
    'a changed file': () => appendFile(site.path('www-content/index.html'), 'x'),
    'a file that is not in git': () => writeFile(site.path('www-content/new.html'), ''),
    'a lost check': () => writeFile(site.path('check/expected'), ''),
  };
  for (const [what, change] of Object.entries(changes)) {
    test(`After ${what}, it says nothing.`, async () => {
      await change();
      assert.equal(await check(), '');
    });
  }

  test('With other settings, and where the remote does not answer, it says nothing.', async () => {
    for (const setting of ['DEPTH', 'MAX_MB', 'MAX_FILES', 'STALL_SECONDS']) {
      assert.equal(await check({ [`FREEHOLD_GIT_${setting}`]: '7' }), '', setting);
    }
    assert.equal(await check({ FREEHOLD_GIT_SUBMODULES: 'on' }), '');
    assert.equal(await check({ GIT_SSL_CAINFO: '/dev/null' }), '');
  });

  test('One commit by its id is unchanged without asking the remote.', async () => {
    const commit = await site.served();
    await site.write('GITURL', giturl(` ${commit}`));
    await pull();
    const before = server.requests.length;
    assert.match(await check(), /^Unchanged/);
    assert.equal(server.requests.length, before);
  });

  test('A commit that was rolled back stays so, and it says that.', async () => {
    const first = await site.served();
    await site.repository.commit({ 'index.html': 'bad' });
    await pull();
    assert.equal((await site.run([domain, '--to', `${first}`], env)).code, 0);
    assert.equal(await check(), '');
    await pull();
    assert.match(await check(), /stays at .*: it was rolled back/);
  });

  test('Where the end of a password cannot be told by a shell, nothing is noted.', async () => {
    await site.write('GITURL', giturl().replace('%2F', '/'));
    await pull();
    assert.equal(await check(), '');
  });
});
