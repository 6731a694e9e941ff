// Tests with a repository on a real git server over https.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGitHttpsServer } from '@freehold/testing/git-https-server';
import { domain, makeSite } from './site-under-test.ts';

const login = 'me:s3cret@/%';
const encoded = 'me:s3cret%40%2F%25';

test('A private repository is pulled with the credentials in GITURL, which appear nowhere else.', async () => {
  const site = await makeSite();
  const server = await startGitHttpsServer(join(site.data, 'git'), { login });
  const env = { GIT_SSL_CAINFO: server.certificate };
  const commit = await site.repository.commit({ 'index.html': 'one' });
  await site.write('GITURL', `https://${encoded}@localhost:${server.port}/site/.git main\n`);
  const { code, lines } = await site.run([domain], env);
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.served(), commit);
  for (const name of await readdir(site.path(), { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const text = await readFile(join(name.parentPath, name.name), 'latin1');
    assert.ok(!text.includes('s3cret'), `${name.parentPath}/${name.name}`);
  }
  assert.doesNotMatch(lines.join('\n'), /s3cret/);
  assert.ok(server.requests.some(({ authorization }) => authorization !== undefined));
  await server.stop();
  await site.remove();
});

test('Without credentials, or with wrong ones, the log states what is required and shows none of them.', async () => {
  const site = await makeSite();
  const server = await startGitHttpsServer(join(site.data, 'git'), { login });
  await site.repository.commit({ 'index.html': 'one' });
  for (const userInfo of ['', 'me:wr0ng@', 'wr0ng@']) {
    await site.write('GITURL', `https://${userInfo}localhost:${server.port}/site/.git main\n`);
    const { code, lines } = await site.run([domain], { GIT_SSL_CAINFO: server.certificate });
    assert.equal(code, 1);
    assert.match(
      lines.at(-1) ?? '',
      /was not pulled from https:\/\/localhost:\d+\/site\/\.git: it requires a user and a password/,
    );
    assert.doesNotMatch(lines.join('\n'), /wr0ng/);
  }
  await server.stop();
  await site.remove();
});

test('A token that contains a slash is used unchanged, and appears neither in the log nor in a command line nor as a host, even if the server repeats it.', async (context) => {
  const site = await makeSite();
  let isLoud = false;
  const server = await startGitHttpsServer(join(site.data, 'git'), {
    login: 'me:t0/k3n?=@x',
    intercept(_, response) {
      if (isLoud) {
        response.writeHead(403, { 'Content-Type': 'text/plain' });
        response.end('t0/k3n?=@x may not read this; nor may t0%2Fk3n%3F%3D%40x\n');
      }
      return isLoud;
    },
  });
  context.after(async () => {
    await server.stop();
    await site.remove();
  });
  const env = { GIT_SSL_CAINFO: server.certificate };
  const commit = await site.repository.commit({ 'index.html': 'one' });
  await site.write('GITURL', `https://me:t0/k3n?=@x@localhost:${server.port}/site/.git main\n`);
  const { code, lines } = await site.run([domain], env);
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.served(), commit);
  isLoud = true;
  const loud = await site.run([domain], env);
  assert.equal(loud.code, 1);
  assert.match(loud.lines.join('\n'), /was not pulled from https:\/\/localhost:\d+\/site/);
  assert.doesNotMatch([...lines, ...loud.lines].join('\n'), /k3n/);
});

test('A token whose end is ambiguous is refused before anything is requested, and not repeated.', async (context) => {
  const site = await makeSite();
  const server = await startGitHttpsServer(join(site.data, 'git'));
  context.after(async () => {
    await server.stop();
    await site.remove();
  });
  for (const userInfo of ['k3n/x', 'localhost/k3n', 'me:1/k3n', `localhost:${server.port}/k3n`]) {
    await site.write('GITURL', `https://${userInfo}@localhost:${server.port}/site/.git\n`);
    const { code, lines } = await site.run([domain], { GIT_SSL_CAINFO: server.certificate });
    assert.deepEqual([code, lines.length], [1, 1], lines.join('\n'));
    assert.match(lines[0] ?? '', /Cannot use .*GITURL: .*Percent-encode .* "\/" as %2F/);
    assert.doesNotMatch(lines.join('\n'), /k3n/);
  }
  assert.deepEqual(server.requests, []);
});

test('Credentials are sent only to the host in GITURL, never after a redirect to another host or to http.', async () => {
  const site = await makeSite();
  await site.repository.commit({ 'index.html': 'one' });
  const other = await startGitHttpsServer(join(site.data, 'git'), { login });
  let scheme = 'https';
  const server = await startGitHttpsServer(join(site.data, 'git'), {
    intercept(request, response) {
      response.writeHead(302, { Location: `${scheme}://localhost:${other.port}${request.url}` }).end();
      return true;
    },
  });
  const both = await concatenate(site.data, server.certificate, other.certificate);
  await site.write('GITURL', `https://${encoded}@localhost:${server.port}/site/.git main\n`);
  const { code, lines } = await site.run([domain], { GIT_SSL_CAINFO: both });
  assert.equal(code, 1, lines.join('\n'));
  assert.ok(other.requests.length > 0, 'it was redirected');
  assert.deepEqual(
    other.requests.filter(({ authorization }) => authorization !== undefined),
    [],
  );
  scheme = 'http';
  const before = other.requests.length;
  assert.equal((await site.run([domain], { GIT_SSL_CAINFO: both })).code, 1);
  assert.equal(other.requests.length, before);
  await server.stop();
  await other.stop();
  await site.remove();
});

test('A commit given by its id can come from a server that sends none by id; a commit in no history is reported.', async () => {
  const site = await makeSite();
  const server = await startGitHttpsServer(join(site.data, 'git'), { oldProtocol: true });
  const first = await site.repository.commit({ 'index.html': 'one' });
  await site.repository.commit({ 'index.html': 'two' });
  const env = { GIT_SSL_CAINFO: server.certificate };
  await site.write('GITURL', `${server.url}/site/.git ${first}`);
  const { code, lines } = await site.run([domain], env);
  assert.equal(code, 0, lines.join('\n'));
  assert.deepEqual([await site.served(), await site.read('index.html')], [first, 'one']);
  await site.write('GITURL', `${server.url}/site/.git ${'1'.repeat(40)}`);
  const missing = await site.run([domain], env);
  assert.equal(missing.code, 1);
  assert.match(
    missing.lines.at(-1) ?? '',
    /no branch or tag of https:.* has the commit 1{40} in its history/,
  );
  await server.stop();
  await site.remove();
});

test('An untrusted certificate, an unknown host and a missing repository each have their own message.', async () => {
  const site = await makeSite();
  const server = await startGitHttpsServer(join(site.data, 'git'));
  const run = async (url: string, env = {}) => {
    await site.write('GITURL', url);
    const { code, lines } = await site.run([domain], env);
    assert.deepEqual([code, lines.length], [1, 1], lines.join('\n'));
    return lines[0] ?? '';
  };
  assert.match(await run(`${server.url}/site/.git`), /: its TLS certificate or connection is not valid \(/);
  const env = { GIT_SSL_CAINFO: server.certificate };
  assert.match(
    await run(`${server.url}/none`, env),
    /: the repository does not exist or is not accessible \(/,
  );
  assert.match(await run('https://name.invalid/x'), /: its name cannot be resolved in DNS \(/);
  assert.match(await run('https://127.0.0.1:1/x'), /: it refuses the connection \(/);
  await server.stop();
  await site.remove();
});

async function concatenate(folder: string, ...files: string[]): Promise<string> {
  const path = join(folder, 'both.pem');
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  await writeFile(path, texts.join('\n'));
  return path;
}
