// Archives with links that lead out, or through which a file would be written.
import { afterEach, beforeEach, test } from 'node:test';
import { gnuLong, index, pax, tar } from './archive-under-test.ts';
import { badLinks } from './links-under-test.ts';
import { type Attack, assertRefused } from './refusal-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';

const web = 'static/www-content';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const attacks: readonly Attack[] = [
  [
    'A hard link that leads out',
    [{ path: `${web}/l`, type: '1', target: '../../../secret.txt' }],
    /contains "\.\."/,
  ],
  [
    'A hard link to an absolute path',
    [{ path: `${web}/l`, type: '1', target: '/etc/passwd' }],
    /is absolute/,
  ],
  [
    'A hard link to nothing',
    [{ path: `${web}/l`, type: '1', target: `${web}/x` }],
    /is a hard link to ".*x", which is not an earlier file/,
  ],
  [
    'A hard link to itself',
    [{ path: `${web}/l`, type: '1', target: `${web}/l` }],
    /which is not an earlier file/,
  ],
  ['A hard link to a folder', [{ path: `${web}/l`, type: '1', target: web }], /which is not an earlier file/],
  [
    'A hard link to a symbolic link that leads out from there',
    [
      { path: `${web}/s`, type: '2', target: '../../x' },
      { path: 'notes/l', type: '1', target: `${web}/s` },
    ],
    /"notes\/l" in it is a symbolic link that leads out/,
  ],
  [
    'A hard link to a symbolic link that comes later',
    [
      { path: `${web}/l`, type: '1', target: `${web}/s` },
      { path: `${web}/s`, type: '2', target: 'x' },
    ],
    /which is not an earlier file/,
  ],
  [
    'A hard link to the key',
    [
      { path: 'TLS/k.pem', content: 'k' },
      { path: `${web}/k`, type: '1', target: 'TLS/k.pem' },
    ],
    /"TLS\/k\.pem", which must have another owner/,
  ],
  [
    'A hard link with content',
    [{ path: `${web}/l`, type: '1', target: `${index.path}`, content: 'x' }],
    /is a link with content/,
  ],
  [
    'A file written through a hard link',
    [
      { path: `${web}/l`, type: '1', target: `${index.path}` },
      { path: `${web}/l`, content: 'x' },
    ],
    /l" appears twice in it/,
  ],
  ['A symbolic link without a target', [{ path: `${web}/l`, type: '2' }], /damaged: .*linkpath required/],
  [
    'A target with a control character',
    [{ path: `${web}/l`, type: '2', target: 'a\x1b' }],
    /target of the link .* control character/,
  ],
  [
    'A target that is not UTF-8',
    [{ path: `${web}/l`, type: '2', target: Buffer.from('\xff', 'latin1') }],
    /is not UTF-8/,
  ],
  [
    'A long target that leads out',
    [gnuLong('K', `${'../'.repeat(60)}x`), { path: `${web}/l`, type: '2', target: 'x' }],
    /leads out/,
  ],
  [
    'A target by pax that leads out',
    [pax({ linkpath: '/etc' }), { path: `${web}/l`, type: '2', target: 'x' }],
    /absolute target/,
  ],
  [
    'A file below a symbolic link',
    [
      { path: `${web}/d`, type: '2', target: '../..' },
      { path: `${web}/d/x`, content: 'x' },
    ],
    /d" appears twice in it/,
  ],
  [
    'A link below a symbolic link',
    [
      { path: `${web}/d`, type: '2', target: '../..' },
      { path: `${web}/d/x`, type: '2', target: 'y' },
    ],
    /d" appears twice in it/,
  ],
  [
    'A symbolic link instead of a file',
    [{ path: 'a/b' }, { path: 'a/b', type: '2', target: 'c' }],
    /"a\/b" appears twice in it/,
  ],
  [
    'A symbolic link that appears twice',
    [
      { path: 'a/b', type: '2', target: 'c' },
      { path: 'a/b', type: '2', target: 'c' },
    ],
    /"a\/b" appears twice in it/,
  ],
];

for (const [what, entries, reason] of attacks) {
  test(`${what} is refused.`, () => assertRefused(site, tar(index, ...entries), reason));
}

test('A symbolic link instead of the web root is refused.', async () => {
  const link = { path: web, type: '2', target: '../TLS' };
  await assertRefused(site, tar(link), /"static\/www-content" in it is a symbolic link instead of a folder/);
  await assertRefused(site, tar(index, link), /is a symbolic link instead of a folder/);
});

for (const [path, target, reason] of badLinks) {
  test(`A symbolic link ${path} to ${target} is refused.`, async () => {
    await assertRefused(site, tar(index, { path, target, type: '2' }), reason);
    await assertRefused(site, tar({ path, target, type: '2' }, index), reason);
  });
}
