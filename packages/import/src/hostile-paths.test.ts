// Archives with paths that lead elsewhere, are too long, or would harm the reader of a message.
import { afterEach, beforeEach, test } from 'node:test';
import { gnuLong, index, pax, tar, tarEntry, withChecksum } from './archive-under-test.ts';
import { type Attack, assertRefused } from './refusal-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';

const web = 'static/www-content';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const attacks: readonly Attack[] = [
  ['A path that goes up', [{ path: '../outside' }], /the path "\.\.\/outside" in it contains "\.\."/],
  ['A path that goes up later', [{ path: `${web}/../../../outside` }], /contains "\.\."/],
  ['A path that goes up behind ./', [{ path: './../outside' }], /contains "\.\."/],
  ['A path that ends in ..', [{ path: `${web}/..`, type: '5' }], /contains "\.\."/],
  ['An absolute path', [{ path: '/tmp/outside' }], /"\/tmp\/outside" in it is absolute/],
  ['A path that goes up by a pax header', [pax({ path: '../outside' }), { path: 'a' }], /contains "\.\."/],
  ["A path that goes up by GNU's header", [gnuLong('L', '../outside'), { path: 'a' }], /contains "\.\."/],
  ['A path that goes up by its prefix', [withPrefix('../..', 'outside')], /contains "\.\."/],
  ['A path with an empty name', [{ path: `${web}//a` }], /contains an empty name/],
  ['A path that is empty', [{ path: '' }], /damaged: .*path is required/],
  ['A name of 5,000 bytes', [gnuLong('L', 'n'.repeat(5_000)), { path: 'a' }], /is longer than 4000 bytes/],
  [
    'A name of 5,000 bytes by pax',
    [pax({ path: 'n'.repeat(5_000) }), { path: 'a' }],
    /longer than 4000 bytes/,
  ],
  [
    'A name of 256 bytes',
    [gnuLong('L', `${web}/${'n'.repeat(256)}`), { path: 'a' }],
    /a name longer than 255/,
  ],
  ['A name of 255 letters', [gnuLong('L', 'ü'.repeat(255)), { path: 'a' }], /a name longer than 255 bytes/],
  [
    'A path without an end',
    [gnuLong('L', `${'d/'.repeat(200)}x`), { path: 'a' }],
    /more than 200 folders deep/,
  ],
  ['A path that is not UTF-8', [{ path: latin1(`${web}/\xff`) }], /in it is not UTF-8/],
  [
    'A path that is not UTF-8, by pax',
    [pax({ path: latin1('\xe9') }), { path: 'a' }],
    /name in it is not UTF-8/,
  ],
  [
    "A path that is not UTF-8, by GNU's header",
    [gnuLong('L', latin1('\xff')), { path: 'a' }],
    /is not UTF-8/,
  ],
  [
    'A path with a line break',
    [{ path: `${web}/a\n<3>b` }],
    /a\\u\{a\}<3>b" in it contains a control character/,
  ],
  [
    'A path with an escape',
    [{ path: `${web}/\x1b[2J` }],
    /\\u\{1b\}\[2J" in it contains a control character/,
  ],
  [
    'A path with a line break, by pax',
    [pax({ path: 'a\n20 path=../x' }), { path: 'a' }],
    /a control character/,
  ],
  ['A path with a NUL, by pax', [pax({ path: 'a\0b' }), { path: 'a' }], /contains a control character/],
  ['A path that turns the line around', [{ path: '/\u202Etxt' }], /\\u\{202e\}txt" in it is absolute/],
  ['A path that is the whole tree', [{ path: '.', content: 'x' }], /"\." in it is not a folder/],
  [
    'A path in a folder of the domain',
    [{ path: 'example.com/a' }],
    /some of its content is in a folder example\.com and/,
  ],
];

for (const [what, entries, reason] of attacks) {
  test(`${what} is refused.`, () => assertRefused(site, tar(index, ...entries), reason));
}

test('A path outside of the folder in which the archive began is refused.', async () => {
  const archive = tar({ ...index, path: `./example.com/${index.path}` }, { path: 'a' });
  await assertRefused(
    site,
    archive,
    /some of its content is in a folder example\.com and some is not, such as "a"/,
  );
});

function withPrefix(prefix: string, path: string): Buffer {
  const block = tarEntry({ path });
  block.write(prefix, 345);
  return withChecksum(block);
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
