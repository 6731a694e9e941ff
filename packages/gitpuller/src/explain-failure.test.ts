import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FreeholdError } from '@freehold/core/error';
import { GitError } from 'simple-git';
import { findFault, isWorthRemaking } from './explain-failure.ts';
import { refusalOf } from './refusal.ts';
import { makeSite } from './site-under-test.ts';

const failed = (said: string) => new FreeholdError('git failed.', { cause: new GitError(undefined, said) });
const repository = '/data/runtime/domains/ssl-shop.de/static-git/repository.git';

test('A damaged repository is worth remaking, whatever the domain and the files in it are called.', () => {
  for (const said of [
    `fatal: loose object 1234 (stored in ${repository}/objects/12/34) is corrupt`,
    `error: unable to open ${repository.replace('ssl-shop', 'timed out')}/HEAD: Input/output error`,
    "fatal: unable to read 'server certificate.html'",
    'error: unable to read tls.html, which timed out.html, unexpected.html',
    'fatal: unexpected object type',
  ]) {
    assert.equal(isWorthRemaking(failed(said)), true, said);
  }
});

test('What git, libcurl and ssh say of a remote is no reason to remake the repository.', () => {
  const at = "fatal: unable to access 'https://h.test/': ";
  const cases: [string, RegExp][] = [
    [`${at}SSL certificate problem: self-signed certificate`, /TLS/],
    [`${at}server certificate verification failed. CAfile: none CRLfile: none`, /TLS/],
    [`${at}gnutls_handshake() failed: Handshake failed`, /TLS/],
    [`${at}GnuTLS recv error (-110): The TLS connection was non-properly terminated.`, /TLS/],
    [`${at}OpenSSL SSL_connect: Connection reset by peer in connection to h.test:443`, /TLS/],
    [`${at}Connection timed out after 20001 milliseconds`, /does not answer/],
    ['ssh: connect to host h.test port 22: Connection timed out', /does not answer|does not take/],
    ["fatal: protocol error: unexpected 'x'", /not what a git server answers/],
    ['fatal: expected flush; unexpected flush packet', /not what a git server answers/],
  ];
  for (const [said, sentence] of cases) {
    assert.equal(findFault(failed(said))?.kind, 'remote', said);
    assert.match(findFault(failed(said))?.sentence ?? '', sentence, said);
  }
});

test('A commit that cannot be checked out is no reason to remake the repository either.', () => {
  for (const said of [
    "error: invalid path '.git/x'",
    'error: unable to create file aaa: File name too long',
    "fatal: No url found for submodule path 'sub' in .gitmodules",
  ]) {
    assert.deepEqual([findFault(failed(said))?.kind, isWorthRemaking(failed(said))], ['commit', false], said);
  }
});

test('A lack of memory is no reason to remake the repository, nor to refuse the commit for good.', () => {
  const error = failed('fatal: Out of memory, malloc failed (tried to allocate 5000000000 bytes)');
  assert.deepEqual([findFault(error)?.kind, isWorthRemaking(error)], ['memory', false]);
  assert.equal(refusalOf(error), undefined);
});

test('The site of ssl-shop.de heals when an object of its repository is corrupt.', async () => {
  const site = await makeSite();
  const domain = 'ssl-shop.de';
  const base = join(site.data, 'runtime/domains', domain, 'static-git');
  const home = join(site.data, 'domains', domain, 'static-git');
  for (const folder of [base, home]) await mkdir(folder, { recursive: true });
  await writeFile(join(home, 'GITURL'), site.repository.path);
  await site.repository.commit({ 'index.html': 'one', 'same.html': 'same'.repeat(1000) });
  assert.equal((await site.run([domain])).code, 0);
  const object = await site.repository.git('rev-parse', 'HEAD:same.html');
  await corruptObject(join(base, 'repository.git'), object);
  const next = await site.repository.commit({ 'index.html': 'two' });
  const { code, lines } = await site.run([domain]);
  assert.match(
    lines[0] ?? '',
    /^<4>The copy of the repository of ssl-shop\.de cannot be used, so it is fetched anew: .*ssl-shop\.de\//,
  );
  assert.equal(code, 0, lines.join('\n'));
  assert.ok(lines.at(-1)?.includes(`now serves ${next}`), lines.join('\n'));
  await site.remove();
});

/** Takes a file's content out of the packs and spoils it. */
async function corruptObject(repository: string, object: string): Promise<void> {
  const packs = join(repository, 'objects/pack');
  for (const name of await readdir(packs)) {
    const bytes = await readFile(join(packs, name));
    await rm(join(packs, name));
    if (!name.endsWith('.pack')) continue;
    execFileSync('git', ['--git-dir', repository, 'unpack-objects', '-q'], { input: bytes });
  }
  const file = join(repository, 'objects', object.slice(0, 2), object.slice(2));
  await chmod(file, 0o644);
  await writeFile(file, 'x');
}
