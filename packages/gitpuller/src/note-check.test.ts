// images/gitpuller/check.sh finds nothing new exactly if a pull would find nothing new; otherwise it leaves
// the work to a pull.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  access,
  appendFile,
  cp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
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
    assert.ok(await check());
  });

  test('The notes for check.sh contain no password.', async () => {
    for (const name of await readdir(site.path('check'))) {
      assert.doesNotMatch(await readFile(site.path('check', name), 'utf8'), /s3cret/, name);
    }
  });

  test("A repository in the owner's folder is always left to a pull.", async () => {
    const home = join(site.data, 'domains', domain, 'static-git');
    const ran = join(site.data, 'ran');
    execFileSync('git', ['init', '--quiet', home]);
    for (const [key, value] of Object.entries({
      'credential.helper': `!touch ${ran}; false`,
      'core.sshCommand': `touch ${ran}; false`,
      'http.sslVerify': 'false',
    })) {
      execFileSync('git', ['-C', home, 'config', key, value]);
    }
    for (const name of ['HEAD', 'config', 'objects', 'refs']) {
      await cp(join(home, '.git', name), join(home, name), { recursive: true });
    }
    assert.ok(await check());
    assert.equal(await check({ GIT_SSL_CAINFO: '/dev/null' }), false);
    await assert.rejects(access(ran), { code: 'ENOENT' });
    for (const name of ['.git', 'HEAD', 'config', 'objects', 'refs'])
      await rm(join(home, name), { recursive: true });
  });

  test("A site whose owner's file is a link or very large is always left to a pull.", async () => {
    const key = join(site.data, 'domains', domain, 'static-git/id_rsa');
    await writeFile(key, '');
    await truncate(key, 2_000_000);
    await pull();
    assert.equal(await check(), false);
    await rm(key);
    await symlink('/etc/hostname', key);
    await pull();
    assert.equal(await check(), false);
    await rm(key);
  });

  test('A new commit is left to a pull and is then the unchanged one.', async () => {
    const commit = await site.repository.commit({ 'index.html': 'new' });
    assert.equal(await check(), false);
    await pull();
    assert.ok(await check());
    assert.equal(await site.served(), commit);
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
    test(`After ${what}, the work is left to a pull.`, async () => {
      await change();
      assert.equal(await check(), false);
    });
  }

  test('With other settings, or if the remote does not answer, the work is left to a pull.', async () => {
    for (const setting of ['DEPTH', 'MAX_MB', 'MAX_FILES', 'STALL_SECONDS']) {
      assert.equal(await check({ [`FREEHOLD_GIT_${setting}`]: '7' }), false, setting);
    }
    assert.equal(await check({ FREEHOLD_GIT_SUBMODULES: 'on' }), false);
    assert.equal(await check({ GIT_SSL_CAINFO: '/dev/null' }), false);
  });

  test('A commit given by its id is unchanged without asking the remote.', async () => {
    const commit = await site.served();
    await site.write('GITURL', giturl(` ${commit}`));
    await pull();
    const before = server.requests.length;
    assert.ok(await check());
    assert.equal(server.requests.length, before);
  });

  test('A commit that was rolled back stays rolled back.', async () => {
    const first = await site.served();
    await site.repository.commit({ 'index.html': 'bad' });
    await pull();
    assert.equal((await site.run([domain, '--to', `${first}`], env)).code, 0);
    assert.equal(await check(), false);
    await pull();
    assert.ok(await check());
    assert.equal(await site.served(), first);
  });

  test('If a shell cannot find the end of a password, nothing is noted.', async () => {
    await site.write('GITURL', giturl().replace('%2F', '/'));
    await pull();
    assert.equal(await check(), false);
  });
});
