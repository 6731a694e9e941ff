// No submodule is fetched from a forbidden address, and none runs a program.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeGitRepository } from '@freehold/testing/git-repository';
import { domain, makeSite, type SiteUnderTest } from './site-under-test.ts';
import { layTrap } from './trap-under-test.ts';

interface Module {
  readonly url: string;
  readonly name?: string;
  readonly update?: string;
}

/** Commits a submodule manually, since git itself refuses to create most of these. */
async function commitSubmodule(site: SiteUnderTest, module: Module, head: string): Promise<string> {
  const { name = 'sub', update = 'checkout', url } = module;
  const { repository } = site;
  const settings = `[submodule "${name}"]\n\tpath = sub\n\turl = ${url}\n\tupdate = ${update}\n`;
  await repository.commit({ 'index.html': 'one', '.gitmodules': settings });
  await repository.git('update-index', '--add', '--cacheinfo', `160000,${head},sub`);
  await repository.git('commit', '--quiet', '--message', 'A submodule');
  return repository.git('rev-parse', 'HEAD');
}

const path = /the URL of its submodule "sub" is invalid: a path on this host is not allowed/;

/** The other repository has the requested commit: only the rules prevent the fetch. */
const hostile: Record<string, Module & { readonly reason: RegExp }> = {
  'a program': { url: 'ext::DATA/trap', reason: /is invalid: git's remote helpers run programs/ },
  'a path on this host': { url: 'DATA/git/other', reason: path },
  'a path on this host as a URL': { url: 'file://DATA/git/other', reason: path },
  'a path beside the repository': { url: '../other', reason: path },
  'a server whose connection is not authenticated': {
    url: 'git://127.0.0.1:1/x',
    reason: /is invalid: git:\/\/ is refused/,
  },
  'a URL with a token that contains a slash': {
    url: 'https://t0ken/s3cret@127.0.0.1:1/x',
    reason: /is invalid: it has an "@" after a slash/,
  },
  'an unencrypted server': { url: 'http://127.0.0.1:1/x', reason: /is invalid: http:\/\/ is refused/ },
  'an option': { url: '-uDATA/trap', reason: /is invalid: it begins with a hyphen/ },
  'an ssh option': {
    url: 'ssh://-oProxyCommand=DATA/trap/x',
    reason: /is invalid: it is not the address/,
  },
  'itself under a name that leads outside': { name: '../../hooks', url: 'DATA/git/other', reason: path },
  'updated by a program': {
    url: 'DATA/git/other',
    update: '!DATA/trap',
    reason: path,
  },
};

describe('With submodules on, one that is', { concurrency: 4 }, () => {
  for (const [what, module] of Object.entries(hostile)) {
    test(`${what} is refused with a reason, and the site is unchanged.`, async () => {
      const site = await makeSite();
      const trap = await layTrap(site);
      const other = await makeGitRepository(join(site.data, 'git/other'));
      const head = await other.commit({ secret: 'secret' });
      const env = { FREEHOLD_GIT_SUBMODULES: 'on' };
      const good = await site.repository.commit({ 'index.html': 'good' });
      assert.equal((await site.run([domain], env)).code, 0);
      const here = (text: string) => text.replace('DATA', site.data);
      const { url, update = 'checkout' } = module;
      await commitSubmodule(site, { ...module, url: here(url), update: here(update) }, head);
      const { code, lines } = await site.run([domain], env);
      assert.equal(code, 1, lines.join('\n'));
      assert.match(lines.at(-1) ?? '', module.reason, lines.join('\n'));
      assert.match(lines.at(-1) ?? '', /The site stays at/);
      assert.doesNotMatch(lines.join('\n'), /s3cret|t0ken/);
      assert.doesNotMatch(lines.join('\n'), /fetched again/);
      assert.equal(await site.served(), good);
      const names = await readdir(site.path(), { recursive: true });
      assert.deepEqual(
        names.filter((name) => /(?:^|\/)(?:modules|submodules|secret)(?:\/|$)/.test(name)),
        [],
      );
      await trap.assertUntouched();
      await site.remove();
    });
  }
});

test('With submodules off, the same repositories are served without their submodules.', async () => {
  const site = await makeSite();
  const trap = await layTrap(site);
  const commit = await commitSubmodule(site, { url: `ext::${trap.program}` }, '1'.repeat(40));
  assert.equal((await site.run()).code, 0);
  assert.equal(await site.served(), commit);
  assert.deepEqual(await readdir(site.path('www-content/sub')), []);
  await trap.assertUntouched();
  await site.remove();
});
