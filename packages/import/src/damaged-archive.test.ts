// Archives that are incomplete, mislabelled, or too large.
import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { index, pax, tar, tarEnd, tarEntry } from './archive-under-test.ts';
import { assertRefused } from './refusal-under-test.ts';
import { execute, makeSite, type SiteUnderTest } from './site-under-test.ts';

const content = 'domains/example.com/static/www-content';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
  await mkdir(site.path('import'));
});
afterEach(() => site.remove());

const whole = tar(
  pax({ mtime: '1' }),
  index,
  { path: 'static/www-content/page.html', content: 'page'.repeat(200) },
  { path: 'static/www-content/link', type: '2', target: 'page.html' },
);
const packed = { '.tar': whole, '.tar.gz': gzipSync(whole), '.tar.zst': zstdCompressSync(whole) };

for (const [ending, bytes] of Object.entries(packed)) {
  test(`A ${ending} that is truncated anywhere is refused.`, async () => {
    const step = ending === '.tar' ? 256 : Math.ceil(bytes.length / 15);
    for (let length = 0; length < bytes.length; length += step) {
      await assertRefused(site, bytes.subarray(0, length), /: it is truncated: |it is not a tar archive/, {
        ending,
      });
    }
    await assertRefused(site, bytes.subarray(0, -1), /it is truncated: /, { ending });
  });

  test(`A ${ending} with extra data after its end is refused.`, async () => {
    const reason = /there is extra data after (its|the) end|is not gzip, or is damaged/;
    await assertRefused(site, Buffer.concat([bytes, tarEntry(index)]), reason, { ending });
    await assertRefused(site, Buffer.concat([bytes, Buffer.alloc(512, 'x')]), reason, { ending });
  });

  test(`A ${ending} with a wrong byte is refused, or harmless.`, async () => {
    // The same bytes each time: a failure stays reproducible.
    for (let at = 7, count = 0; count < 60; at = (at * 7919 + 13) % bytes.length, count += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (count % 8));
      await writeFile(site.path(`import/example.com${ending}`), damaged);
      const result = await site.run().catch((error) => error);
      if (result instanceof Error) {
        assert.equal(result.name, 'FreeholdError', result.stack ?? '');
        assert.deepEqual(await site.list(), ['domains', 'import', `import/example.com${ending}`]);
      }
      await rm(site.path('domains'), { recursive: true });
    }
  });
}

test('An archive whose content differs from its name is refused with its real format.', async () => {
  const { '.tar': plain, '.tar.gz': gzip, '.tar.zst': zstd } = packed;
  await assertRefused(site, gzip, /it contains gzip where tar is expected/);
  await assertRefused(site, zstd, /it contains zstd where tar is expected/);
  await rm(site.path('import/example.com.tar'));
  await assertRefused(site, plain, /its content is not gzip, or is damaged/, { ending: '.tar.gz' });
  await assertRefused(site, zstd, /its content is not gzip/, { ending: '.tar.gz' });
  await assertRefused(site, gzipSync(gzip), /it contains gzip where tar is expected/, { ending: '.tar.gz' });
  await rm(site.path('import/example.com.tar.gz'));
  await assertRefused(site, gzip, /its content is not zstd/, { ending: '.tar.zst' });
  await assertRefused(site, zstdCompressSync(zstd), /it contains zstd where tar is expected/, {
    ending: '.tar.zst',
  });
  await rm(site.path('import/example.com.tar.zst'));
  await assertRefused(
    site,
    Buffer.from('<html>'.repeat(200)),
    /it is not a tar archive, or is damaged: .*checksum/,
  );
  await assertRefused(site, Buffer.alloc(0), /it is not a tar archive: it is too short/);
  await assertRefused(
    site,
    tarEnd,
    /it contains nothing in static\/www-content, which static@example\.com serves/,
  );
});

test('A single block of zeros does not end an archive.', async () => {
  await assertRefused(site, whole.subarray(0, -512), /it is truncated: the end of its tar data is missing/);
  await assertRefused(
    site,
    Buffer.concat([tarEntry(index), Buffer.alloc(512), whole]),
    /there is extra data after its end/,
  );
});

test("An archive without the site's content is refused, and so is one that conflicts with existing data.", async () => {
  await assertRefused(site, tar({ path: 'site/page.html' }), /it contains nothing in static\/www-content/);
  await site.write({ 'domains/example.com/mysql/dump.sql': 'old' });
  await assertRefused(site, tar(index, { path: 'mysql/dump.sql' }), /example\.com\/mysql already exists/);
  assert.equal(await site.read('domains/example.com/mysql/dump.sql'), 'old');
});

const bombs: readonly (readonly [ending: string, pack: (bytes: Buffer) => Buffer])[] = [
  ['.tar.gz', gzipSync],
  ['.tar.zst', (bytes) => zstdCompressSync(bytes)],
];

for (const [ending, pack] of bombs) {
  test(`A bomb of 10 GB in a ${ending} of some MB is refused before it has filled anything.`, async () => {
    const zeros = pack(Buffer.alloc(100e6));
    const make = (...start: Buffer[]) =>
      Buffer.concat([...start.map(pack), ...Array(100).fill(zeros), pack(tarEnd)]);
    const reason = /unpack to \d+, more than 200 times as many.*raise FREEHOLD_IMPORT_MAX_RATIO/;
    await assertRefused(site, make(tarEntry({ path: 'a', size: 10e9 })), reason, { ending });
    await assertRefused(site, make(), reason, { ending });
  });
}

test('Each limit can be raised, and content within it is imported.', async () => {
  const zeros = tar(index, { path: 'zeros', content: Buffer.alloc(101e6) });
  const gz = { ending: '.tar.gz' };
  await assertRefused(site, gzipSync(zeros), /more than 200 times as many/, gz);
  await assertRefused(
    site,
    gzipSync(tar(index, { path: 'a/b/c' })),
    /more than 5 files and folders.*raise FREEHOLD_IMPORT_MAX_FILES/,
    {
      ...gz,
      env: { FREEHOLD_IMPORT_MAX_FILES: '5' },
    },
  );
  const claim = gzipSync(tar(index, { path: 'a', size: 1.5e9 }));
  await assertRefused(site, claim, /unpacks to more than 1 GB\..*FREEHOLD_IMPORT_MAX_GB/, {
    ...gz,
    env: { FREEHOLD_IMPORT_MAX_GB: '1' },
  });
  await writeFile(site.path('import/example.com.tar.gz'), gzipSync(zeros));
  await site.run(undefined, undefined, { FREEHOLD_IMPORT_MAX_RATIO: '2000', FREEHOLD_IMPORT_MAX_FILES: '4' });
  assert.equal((await stat(site.path('domains/example.com/zeros'))).size, 101e6);
});

test('Folders that appear only in the paths of files count as well.', async () => {
  const deep = Array.from({ length: 20 }, (_, count) => ({ path: `${count}/${'d/'.repeat(40)}x` }));
  await assertRefused(site, tar(index, ...deep), /more than 500 files and folders/, {
    env: { FREEHOLD_IMPORT_MAX_FILES: '500' },
  });
});

test('A zstd archive that needs a large part of the memory to unpack is refused.', async (context) => {
  const { code } = await execute('zstd', ['--version']).catch(() => ({ code: 1 }));
  if (code !== 0) return context.skip('zstd is not installed here');
  const file = site.path('big');
  const stream = createWriteStream(file);
  for (let count = 0; count < 40; count += 1) stream.write(Buffer.alloc(1e6, `${count}`));
  await new Promise((resolve) => stream.end(resolve));
  const output = site.path('import/example.com.tar.zst');
  await execute('zstd', ['-q', '--long=24', '--no-content-size', file, '-o', output]);
  await assert.rejects(site.run(), /would take too much memory: pack it without --long and --ultra/);
});

test('Two uploads at once are refused with both paths; an empty folder does not count.', async () => {
  await writeFile(site.path('import/example.com.tar'), whole);
  await writeFile(site.path('import/example.com.tar.gz'), gzipSync(whole));
  const both = /import\/example\.com\.tar and \S+\/example\.com\.tar\.gz are all waiting to be imported/;
  await assert.rejects(site.run(), both);
  await rm(site.path('import/example.com.tar.gz'));
  await site.write({ 'import/example.com/static/www-content/index.html': 'folder' });
  await assert.rejects(site.run(), /import\/example\.com and \S+\/import\/example\.com\.tar are all waiting/);
  await rm(site.path('import/example.com/static/www-content/index.html'));
  await site.run();
  assert.equal(await site.read(content, 'index.html'), 'mine');
});

test('An archive for a site that has data stays in place, and the site starts.', async () => {
  await site.write({ [`${content}/index.html`]: 'old' });
  await writeFile(site.path('import/example.com.tar'), whole);
  assert.match(
    (await site.run()).at(-1) ?? '',
    /^<4>.*example\.com\.tar was not imported: .* is not overwritten/,
  );
  await writeFile(site.path('import/example.com.tar.gz'), 'x');
  assert.match((await site.run()).at(-1) ?? '', /^<4>Nothing was imported: .* are all waiting/);
  assert.equal(await site.read(content, 'index.html'), 'old');
  assert.deepEqual(await readdir(site.path('import')), ['example.com.tar', 'example.com.tar.gz']);
});

test('An entry that has the name of an archive but is not one is refused without waiting for it.', async () => {
  const path = site.path('import/example.com.tar');
  await mkdir(path);
  await assert.rejects(site.run(), /Cannot import .*example\.com\.tar: it is not a file/);
  await rm(path, { recursive: true });
  await execute('mkfifo', [path]);
  await assert.rejects(site.run(), /it is not a file/);
  await rm(path);
  await writeFile(site.path('elsewhere.tar'), whole);
  await symlink(site.path('elsewhere.tar'), path);
  await assert.rejects(site.run(), /it is a symbolic link/);
});
