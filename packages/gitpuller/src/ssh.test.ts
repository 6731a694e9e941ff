// Tests with a repository behind a real sshd.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type SshServer, startSshServer } from '@freehold/testing/ssh-server';
import { isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

let server: SshServer;
before(async () => {
  server = await startSshServer();
});
after(() => server.stop());

async function makeSshSite(): Promise<{ site: SiteUnderTest; commit: string }> {
  const site = await makeSite();
  const commit = await site.repository.commit({ 'index.html': 'one' });
  await site.write('GITURL', `ssh://${server.user}@127.0.0.1:${server.port}${site.repository.path} main`);
  return { site, commit };
}

async function lastLine(site: SiteUnderTest): Promise<string> {
  const { code, lines } = await site.run();
  assert.deepEqual([code, lines.length], [1, 1], lines.join('\n'));
  return lines[0] ?? '';
}

test('With a key and a known host, a repository is pulled over ssh, whatever the line endings of the key.', async () => {
  const { site, commit } = await makeSshSite();
  await site.write('known_hosts', server.hostLine);
  await site.write('id_ed25519', server.key.trimEnd().replaceAll('\n', '\r\n'));
  // A separate process has its temporary files where check.sh has them.
  const { code, lines } = await site.start().ended;
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(await site.served(), commit);
  assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
  assert.ok(await site.check());
  await site.write('known_hosts', '');
  assert.equal(await site.check(), false);
  await site.remove();
});

test('An unknown host is refused with its fingerprint and the line that adds it to known_hosts, and that line works.', async () => {
  const { site } = await makeSshSite();
  await site.write('id_ed25519', server.key);
  const output = await lastLine(site);
  const file = join(site.data, 'domains/example.com/static-git/known_hosts');
  assert.ok(output.includes(`ssh-ed25519 ${server.fingerprint}`), output);
  assert.ok(output.includes(`add this line to ${file}: ${server.hostLine.trim()}`), output);
  const line = /known_hosts: (.*)\. There is nothing to serve yet/.exec(output)?.[1] ?? '';
  await site.write('known_hosts', line);
  assert.equal((await site.run()).code, 0);
  await site.remove();
});

test('A host whose key has changed is refused in more drastic words.', async () => {
  const { site } = await makeSshSite();
  await site.write('id_ed25519', server.key);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(site.data, 'other')]);
  const [type, key] = (await readFile(join(site.data, 'other.pub'), 'utf8')).split(' ');
  await site.write('known_hosts', `[127.0.0.1]:${server.port} ${type} ${key}\n`);
  const output = await lastLine(site);
  assert.match(output, /THE HOST KEY OF 127\.0\.0\.1 HAS CHANGED/);
  assert.ok(output.includes(server.fingerprint), output);
  await site.remove();
});

test('Without a key, with one that is refused, and with one that has a passphrase, the log states what to do.', async () => {
  const { site } = await makeSshSite();
  await site.write('known_hosts', server.hostLine);
  assert.match(await lastLine(site), /it requires a key\. Put one into .*static-git as id_ed25519/);
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', join(site.data, 'other')]);
  await site.write('id_rsa', await readFile(join(site.data, 'other'), 'utf8'));
  assert.match(
    await lastLine(site),
    /it does not accept the key .*\/id_rsa\. Add its public key there as a deploy key/,
  );
  for (const format of [[], ['-m', 'PEM']]) {
    await rm(join(site.data, 'other'));
    await rm(join(site.data, 'other.pub'));
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      'rsa',
      ...format,
      '-N',
      'a passphrase',
      '-f',
      join(site.data, 'other'),
    ]);
    await site.write('id_rsa', await readFile(join(site.data, 'other'), 'utf8'));
    assert.match(
      await lastLine(site),
      /id_rsa has a passphrase, which nobody can type here\. Remove it with ssh-keygen/,
    );
  }
  await site.remove();
});

test('The error for a key that gitpuller cannot read contains the command that fixes it.', {
  skip: isRoot ? 'root can read everything' : false,
}, async () => {
  const { site } = await makeSshSite();
  await site.write('id_ed25519', server.key);
  await chmod(join(site.data, 'domains/example.com/static-git/id_ed25519'), 0);
  assert.match(await lastLine(site), /Run: chown 10003:10003 (\S+id_ed25519) && chmod 600 \1/);
  await site.remove();
});
