// Sites that are uploaded as an archive.
import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { gnuLong, index, pax, tar, tarEntry } from './archive-under-test.ts';
import { goodLinks } from './links-under-test.ts';
import { execute, isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

const content = 'domains/example.com/static/www-content';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
  await mkdir(site.path('import'));
});
afterEach(() => site.remove());

const put = (archive: Buffer, ending = '.tar') =>
  writeFile(site.path(`import/example.com${ending}`), archive);

for (const [ending, pack] of [
  ['.tar', (bytes: Buffer) => bytes],
  ['.tar.gz', gzipSync],
  [
    '.tar.gz',
    (bytes: Buffer) => Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]),
  ],
  ['.tar.zst', (bytes: Buffer) => zstdCompressSync(bytes)],
] as const) {
  test(`A ${ending} becomes the data of the domain and is removed from its place.`, async () => {
    await put(pack(tar(index, { path: 'notes.txt', content: 'x'.repeat(2000) })), ending);
    const lines = await site.run();
    assert.match(
      lines.join(),
      new RegExp(`Imported the data of example.com from .*import/example\\.com\\${ending}\\.`),
    );
    assert.equal(await site.read(content, 'index.html'), 'mine');
    assert.equal(await site.read('domains/example.com/notes.txt'), 'x'.repeat(2000));
    assert.deepEqual(
      [await readdir(site.path('import')), await readdir(site.path('domains'))],
      [[], ['example.com']],
    );
    assert.match((await site.run()).join(), /www-content exists and is kept/);
  });
}

test('All folder layouts of tar and similar tools are understood: at the root, below ./, or in a folder with its name.', async () => {
  await site.write({ 'made/example.com/static/www-content/index.html': 'mine' });
  const long = `static/www-content/${'long-name-'.repeat(20)}/${'ü'.repeat(100)}.html`;
  await site.write({ [`made/example.com/${long}`]: 'long' });
  const from = site.path('made');
  for (const args of [
    ['--format=gnu', '-C', from, '-c', 'example.com'],
    ['--format=pax', '-C', from, '-c', './example.com'],
    ['--format=pax', '-C', `${from}/example.com`, '-c', '.'],
    ['--format=gnu', '-C', `${from}/example.com`, '-c', 'static'],
    ['--format=v7', '-C', `${from}/example.com`, '--exclude=long*', '-c', 'static'],
    ['--format=ustar', '-C', `${from}/example.com`, '--exclude=long*', '-c', 'static'],
  ]) {
    const other = await makeSite();
    await mkdir(other.path('import'));
    const { code, output } = await execute('tar', ['-f', other.path('import/example.com.tar'), ...args]);
    assert.equal(code, 0, output);
    await other.run();
    assert.equal(await other.read(content, 'index.html'), 'mine', args.join(' '));
    if (!args.includes('--exclude=long*')) {
      assert.equal(await other.read('domains/example.com', long), 'long', args.join(' '));
    }
    await other.remove();
  }
});

test('Files get the owner and mode that the site needs, no set-uid bit, and the time from the archive.', async () => {
  await put(
    tar(
      { path: 'static/www-content/deep/', type: '5', mode: 0o6700 },
      { path: 'static/www-content/deep/a.cgi', content: 'a', mode: 0o6700, mtime: 1_234_567 },
      { path: 'TLS/example.com.pem', content: 'no', mode: 0o644 },
      { path: 'backup/run.sh', content: 'x', mode: 0o4750 },
    ),
  );
  await site.run();
  const kept = async (path: string) => {
    const { uid, gid, mode } = await stat(site.path('domains/example.com', path));
    return isRoot ? [uid, gid, (mode & 0o7777).toString(8)] : [10002, 10002, (mode & 0o7777).toString(8)];
  };
  assert.deepEqual(await kept('static/www-content/deep'), [10002, 10002, '755']);
  assert.deepEqual(await kept('static/www-content/deep/a.cgi'), [10002, 10002, '644']);
  assert.equal((await kept('TLS'))[2], '700');
  assert.equal((await kept('TLS/example.com.pem'))[2], '600');
  assert.equal((await kept('backup/run.sh'))[2], '750');
  assert.equal((await kept('.'))[2], '755');
  assert.equal((await stat(site.path(content, 'deep/a.cgi'))).mtimeMs, 1_234_567_000);
  if (!isRoot) return;
  assert.deepEqual(
    [await kept('static'), await kept('TLS')],
    [
      [0, 0, '755'],
      [0, 0, '700'],
    ],
  );
  assert.deepEqual(await kept('backup/run.sh'), [0, 0, '750']);
});

test('Links within the site stay links, and hard links become one file.', async () => {
  const links = goodLinks.flatMap(([path, target]) => [
    gnuLong('K', target),
    tarEntry({ path, type: '2', target: 'too long' }),
  ]);
  // Links come first: nothing is written through them.
  await put(tar(...links, index, { path: 'static/www-content/again', type: '1', target: index.path ?? '' }));
  await site.run();
  for (const [path, target] of goodLinks) {
    assert.equal(await readlink(site.path('domains/example.com', path)), target);
    if (isRoot && path.startsWith('static')) {
      assert.equal((await lstat(site.path('domains/example.com', path))).uid, 10002);
    }
  }
  const [one, other] = [
    await stat(site.path(content, 'index.html')),
    await stat(site.path(content, 'again')),
  ];
  assert.deepEqual([one.nlink, one.ino], [2, other.ino]);
});

test('Thousands of links are all created.', async () => {
  const path = (count: number) => `static/www-content/links/${'l'.repeat(50)}-${count}`;
  const links = Array.from({ length: 1_500 }, (_, count) =>
    tarEntry({ path: path(count), type: '2', target: `../../${count}` }),
  );
  await put(tar(index, ...links));
  await site.run();
  assert.equal((await readdir(site.path(content, 'links'))).length, 1_500);
  assert.equal(await readlink(site.path('domains/example.com', path(1_499))), '../../1499');
});

test('Pax headers about anything but names do no harm: times, attributes of any bytes, a global comment.', async () => {
  const records = {
    mtime: '1234567.5',
    'SCHILY.xattr.user.x': Buffer.from([0xff, 0x0a, 0x00, 0x3d]),
    path: 'static/www-content/ä',
  };
  await put(
    tar(pax({ comment: 'made by a test' }, 'g'), index, pax(records), { path: 'short', content: 'a' }),
  );
  await site.run();
  assert.equal((await stat(site.path(content, 'ä'))).mtimeMs, 1_234_567_500);
});

test('Empty folders, empty files and folders that appear twice do no harm.', async () => {
  const folder = { path: 'static/www-content/', type: '5' };
  await put(tar({ path: './', type: '5' }, folder, index, folder, { path: 'static/www-content/empty' }));
  await site.run();
  assert.equal(await site.read(content, 'empty'), '');
});

test('A domain and a longer one that contains it do not share archives.', async () => {
  await put(tar(index), '.tar');
  await site.run(['b.example.com', '--app', 'static']);
  assert.deepEqual(await readdir(site.path('import')), ['example.com.tar']);
  assert.deepEqual(await readdir(site.path('domains')), ['b.example.com']);
});

test('An unfinished upload under a hidden name is ignored.', async () => {
  await site.write({ 'import/.example.com.tar.upload': 'x' });
  assert.match((await site.run()).join(), /created a welcome page/);
});

test("An unfinished upload under the domain's name is refused, so that no welcome page takes its place.", async () => {
  await site.write({ 'import/example.com.tar.part': 'x' });
  await assert.rejects(
    site.run(),
    /example\.com\.tar\.part was not imported: its name looks like that of an unfinished upload\. .*rename it to/,
  );
  assert.deepEqual(await site.list(), ['domains', 'import', 'import/example.com.tar.part']);
});

for (const name of [
  'example.com.rar',
  'www.Example.com.7z',
  'example.com (1).zip',
  'EXAMPLE.COM-old.tar.gz',
]) {
  test(`${name} is refused with its reason, and no welcome page is created.`, async () => {
    await site.write({ [`import/${name}`]: 'x' });
    await assert.rejects(site.run(), (error: Error) => {
      assert.ok(error.message.startsWith(`${site.path('import', name)} was not imported: its name ends in`));
      assert.match(error.message, /Repack it with: tar -C FOLDER -cf example\.com\.tar \.$/);
      return true;
    });
    assert.deepEqual(await site.list(), ['domains', 'import', `import/${name}`]);
    await site.write({ [`${content}/index.html`]: 'old' });
    assert.match((await site.run()).at(-1) ?? '', /^<4>Nothing was imported: .* its name ends in/);
  });
}

for (const name of ['EXAMPLE.COM.TAR', 'www.example.com.tar', 'Www.Example.Com.tar']) {
  test(`${name} is the archive of example.com too.`, async () => {
    await writeFile(site.path('import', name), tar(index));
    await site.run();
    assert.equal(await site.read(content, 'index.html'), 'mine');
    assert.deepEqual(await readdir(site.path('import')), []);
  });
}

test('Archives of one domain under two spellings are refused, and the error contains both.', async () => {
  for (const name of ['WWW.example.com.zip', 'example.com.tar'])
    await site.write({ [`import/${name}`]: 'x' });
  await assert.rejects(
    site.run(),
    /WWW\.example\.com\.zip and .*example\.com\.tar are all waiting to be imported/,
  );
});

test('A folder under the name with www. and in upper case becomes the data of the domain.', async () => {
  await site.write({ 'import/WWW.Example.com/static/www-content/index.html': 'mine' });
  await site.run();
  assert.equal(await site.read(content, 'index.html'), 'mine');
  assert.deepEqual(
    [await readdir(site.path('import')), await readdir(site.path('domains'))],
    [[], ['example.com']],
  );
});
