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

const failed = (printed: string) =>
  new FreeholdError('git failed.', { cause: new GitError(undefined, printed) });
const repository = '/data/runtime/domains/ssl-shop.de/static-git/repository.git';

test('A damaged repository is recreated, whatever the names of the domain and its files.', () => {
  for (const printed of [
    `fatal: loose object 1234 (stored in ${repository}/objects/12/34) is corrupt`,
    `error: unable to open ${repository.replace('ssl-shop', 'timed out')}/HEAD: Input/output error`,
    "fatal: unable to read 'server certificate.html'",
    'error: unable to read tls.html, which timed out.html, unexpected.html',
    'fatal: unexpected object type',
  ]) {
    assert.equal(isWorthRemaking(failed(printed)), true, printed);
  }
});

test('Messages of git, libcurl and ssh about a remote are no reason to recreate the repository.', () => {
  const at = "fatal: unable to access 'https://h.test/': ";
  const cases: [string, RegExp][] = [
    [`${at}SSL certificate problem: self-signed certificate`, /TLS/],
    [`${at}server certificate verification failed. CAfile: none CRLfile: none`, /TLS/],
    [`${at}gnutls_handshake() failed: Handshake failed`, /TLS/],
    [`${at}GnuTLS recv error (-110): The TLS connection was non-properly terminated.`, /TLS/],
    [`${at}OpenSSL SSL_connect: Connection reset by peer in connection to h.test:443`, /TLS/],
    [`${at}Connection timed out after 20001 milliseconds`, /does not answer/],
    ['ssh: connect to host h.test port 22: Connection timed out', /does not answer|does not take/],
    ["fatal: protocol error: unexpected 'x'", /not that of a git server/],
    ['fatal: expected flush; unexpected flush packet', /not that of a git server/],
  ];
  for (const [printed, sentence] of cases) {
    assert.equal(findFault(failed(printed))?.kind, 'remote', printed);
    assert.match(findFault(failed(printed))?.sentence ?? '', sentence, printed);
  }
});

test('A commit that cannot be checked out is no reason to recreate the repository either.', () => {
  for (const printed of [
    "error: invalid path '.git/x'",
    'error: unable to create file aaa: File name too long',
    "fatal: No url found for submodule path 'sub' in .gitmodules",
  ]) {
    assert.deepEqual(
      [findFault(failed(printed))?.kind, isWorthRemaking(failed(printed))],
      ['commit', false],
      printed,
    );
  }
});

test('Running out of memory is no reason to recreate the repository, nor to refuse the commit permanently.', () => {
  const error = failed('fatal: Out of memory, malloc failed (tried to allocate 5000000000 bytes)');
  assert.deepEqual([findFault(error)?.kind, isWorthRemaking(error)], ['memory', false]);
  assert.equal(refusalOf(error), undefined);
});

test('The site of ssl-shop.de recovers when an object of its repository is corrupt.', async () => {
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
    /^<4>The copy of the repository of ssl-shop\.de is unusable and will be fetched again: .*ssl-shop\.de\//,
  );
  assert.equal(code, 0, lines.join('\n'));
  assert.ok(lines.at(-1)?.includes(`now serves ${next}`), lines.join('\n'));
  await site.remove();
});

/** Finds the packed data of a file and corrupts it. */
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
