import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSubmodules, resolveSubmoduleUrl } from './submodule-url.ts';

test('Relative URLs are resolved as git does, and others are unchanged.', () => {
  const cases: [url: string, parent: string, resolved: string][] = [
    ['../b.git', 'https://h.test/me/a.git', 'https://h.test/me/b.git'],
    ['../b.git', 'https://h.test/me/a.git/', 'https://h.test/me/b.git'],
    ['../../you/b.git', 'https://h.test/me/a.git', 'https://h.test/you/b.git'],
    ['./b.git', 'https://h.test/me/a.git', 'https://h.test/me/a.git/b.git'],
    ['.././b.git', 'https://h.test/me/a.git', 'https://h.test/me/b.git'],
    ['../b.git', 'git@h.test:me/a.git', 'git@h.test:me/b.git'],
    ['../../you/b.git', 'git@h.test:me/a.git', 'git@h.test:you/b.git'],
    ['https://other.test/b', 'https://h.test/a', 'https://other.test/b'],
    ['..', 'https://h.test/a', '..'],
  ];
  for (const [url, parent, resolved] of cases) assert.equal(resolveSubmoduleUrl(url, parent), resolved, url);
  assert.equal(resolveSubmoduleUrl(`${'../'.repeat(9)}b`, 'https://h/a').endsWith('b'), true);
});

test('.gitmodules is parsed by names, whatever they contain, and an incomplete entry counts as none.', () => {
  const text =
    'submodule.a.b.path\nlibs/a b\0submodule.a.b.url\nhttps://h/a\0submodule.c.path\nc\0submodule.d.url\nx\0';
  assert.deepEqual(parseSubmodules(text), [{ path: 'libs/a b', url: 'https://h/a' }]);
});
