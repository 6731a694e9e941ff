// Zip archives that are damaged, too large, or made to reach foreign files; and names as unusual tools write
// them.
import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { badLinks, goodLinks } from './links-under-test.ts';
import { assertRefused } from './refusal-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';
import { type ZipEntry, zip } from './zip-under-test.ts';

const web = 'static/www-content';
const index: ZipEntry = { name: `${web}/index.html`, content: 'mine' };
const link = (name: string, content: string | Buffer): ZipEntry => ({ name, content, mode: 0o120777 });
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
  await mkdir(site.path('import'));
});
afterEach(() => site.remove());

const refuse = (archive: Buffer, reason: RegExp) => assertRefused(site, archive, reason, { ending: '.zip' });

const attacks: readonly (readonly [what: string, entry: ZipEntry, reason: RegExp])[] = [
  ['A path that goes up', { name: '../outside' }, /the path "\.\.\/outside" in it contains "\.\."/],
  ['A path of Windows that goes up', { name: '..\\outside', host: 0 }, /contains "\.\."/],
  ['An absolute path', { name: '/tmp/outside' }, /is absolute/],
  ['A path with a line break', { name: `${web}/a\n<3>b` }, /contains a control character/],
  [
    'A path that is not UTF-8 although flagged as such',
    { name: Buffer.from('a\xff', 'latin1'), flags: 0x800 },
    /not UTF-8/,
  ],
  ['A file that appears twice', index, /appears twice in it/],
  ['A file below a file', { name: `${web}/index.html/a` }, /lies below an entry that is not a folder/],
  ['A device', { name: 'a', mode: 0o020666 }, /"a" in it is a device, which cannot be imported/],
  ['A pipe', { name: 'a', mode: 0o010666 }, /"a" in it is a pipe/],
  ['A socket', { name: 'a', mode: 0o140666 }, /"a" in it is of a type that is neither file/],
  [
    'A file in Deflate64',
    { name: 'a', method: 9 },
    /"a" in it is compressed with Deflate64, which import does/,
  ],
  ['A file in an unknown method', { name: 'a', method: 77 }, /compressed with method 77/],
  ['An encrypted file', { name: 'a', flags: 1 }, /"a" in it is encrypted\. Pack it without a password/],
  ['A strongly encrypted file', { name: 'a', flags: 0x41 }, /it is encrypted/],
  ['A wrong checksum', { name: 'a', content: 'a', checksum: 1 }, /is damaged: the checksum of "a" is wrong/],
  ['A size that is too small', { name: 'a', content: 'aaaa', size: 1 }, /is damaged: too many bytes/],
  ['A size that is too large', { name: 'a', content: 'aaaa', size: 9 }, /is damaged: not enough bytes/],
  ['An entry outside of the archive', { name: 'a', offset: 1e9 }, /is damaged: unexpected EOF/],
  ['Two entries in one place', { name: 'a', offset: 0 }, /entries in it overlap/],
  ['An entry inside of another', { name: 'a', offset: 10 }, /entries in it overlap/],
  [
    'A link with a target without an end',
    link(`${web}/a`, 'a'.repeat(5000)),
    /the target of the link .* is too long/,
  ],
  [
    'A link with a target of other bytes',
    link(`${web}/a`, Buffer.from([0xff])),
    /the target of the link .* UTF-8/,
  ],
  ['A link instead of a folder of the domain', link('mysql', 'static'), /"mysql" in it is a symbolic link/],
];

for (const [what, entry, reason] of attacks) {
  test(`${what} is refused.`, () => refuse(zip(index, entry), reason));
}

for (const [path, target, reason] of badLinks) {
  test(`A symbolic link ${path} to ${target} is refused.`, () =>
    refuse(zip(index, link(path, target)), reason));
}

test('Links that stay within the site are imported, and nothing is written through them.', async () => {
  const links = goodLinks.map(([path, target]) => link(path, target));
  await writeFile(site.path('import/example.com.zip'), zip(...links, index));
  await site.run();
  for (const [path, target] of goodLinks) {
    assert.equal(await readlink(site.path('domains/example.com', path)), target);
  }
});

test('A file below a symbolic link is refused.', async () => {
  await refuse(
    zip(index, link(`${web}/up`, '../..'), { name: `${web}/up/x` }),
    /"static\/www-content\/up" appears twice in it/,
  );
  await refuse(zip(index, { name: `${web}/up/x` }, link(`${web}/up`, '../..')), /appears twice in it/);
});

test('A .zip that is truncated anywhere is refused.', async () => {
  const whole = zip(index, { name: `${web}/page.html`, content: 'page'.repeat(200) });
  for (let length = 0; length < whole.length; length += 29) {
    await refuse(
      whole.subarray(0, length),
      /it is not a zip archive, or is truncated: its directory is missing/,
    );
  }
});

test('A .zip with a wrong byte is refused, or harmless.', async () => {
  const whole = zip(
    index,
    { name: `${web}/page.html`, content: 'page'.repeat(200) },
    link(`${web}/a`, 'index.html'),
  );
  for (let at = 7, count = 0; count < 120; at = (at * 7919 + 13) % whole.length, count += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (count % 8));
    const other = await makeSite();
    await mkdir(other.path('import'));
    await writeFile(other.path('import/example.com.zip'), damaged);
    const result = await other.run().catch((error) => error);
    if (result instanceof Error) {
      assert.equal(result.name, 'FreeholdError', result.stack ?? '');
      assert.deepEqual(await other.list(), ['domains', 'import', 'import/example.com.zip']);
    }
    await other.remove();
  }
});

test('Another format with the ending .zip is refused.', async () => {
  await refuse(Buffer.from('<html>'.repeat(200)), /it is not a zip archive/);
  await refuse(Buffer.alloc(0), /it is not a zip archive/);
});

test('A bomb is refused before it has filled anything, by its declared sizes or by its output.', async () => {
  const zeros = Buffer.alloc(101e6);
  await refuse(
    zip(index, { name: 'zeros', content: zeros }),
    /more than 200 times as many.*FREEHOLD_IMPORT_MAX_RATIO/,
  );
  await refuse(
    zip(index, { name: 'a', size: 4e9 }, ...Array(30).fill({ name: 'a', size: 4e9 })),
    /more than 100 GB/,
  );
  await assertRefused(site, zip(index, { name: 'a/b/c' }), /more than 4 files.*FREEHOLD_IMPORT_MAX_FILES/, {
    ending: '.zip',
    env: { FREEHOLD_IMPORT_MAX_FILES: '4' },
  });
});

test('Names are read as the tool wrote them: UTF-8 without its flag as on macOS, code page 437, and backslashes.', async () => {
  const archive = zip(
    index,
    { name: `${web}/größe.html` },
    { name: Buffer.from(`${web}/gr\x94\xe1e-dos.html`, 'latin1'), host: 0 },
    { name: `${web.replace('/', '\\')}\\deep\\page.html`, host: 0, mode: 0 },
    { name: `${web}/back\\slash.html` },
    { name: `${web}/empty/`, mode: 0o040755 },
  );
  await writeFile(site.path('import/example.com.zip'), archive);
  await site.run();
  const names = await readdir(site.path('domains/example.com', web));
  assert.deepEqual(names.toSorted(), [
    'back\\slash.html',
    'deep',
    'empty',
    'größe-dos.html',
    'größe.html',
    'index.html',
  ]);
  assert.equal((await lstat(site.path('domains/example.com', web, 'deep/page.html'))).mode & 0o7777, 0o644);
});
