// A disk that is really full: a small tmpfs, which only root can mount.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { index, tar } from './archive-under-test.ts';
import { execute, makeSite, type SiteUnderTest } from './site-under-test.ts';

async function canMount(): Promise<boolean> {
  const folder = await temporaryFolder();
  const { code } = await execute('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder.path]);
  if (code === 0) await execute('umount', [folder.path]);
  await folder.remove();
  return code === 0;
}

const options = { skip: (await canMount()) ? false : 'tmpfs cannot be mounted here (that requires root)' };
const web = 'domains/example.com/static/www-content';
const bytes = randomBytes(2_000_000);
let site: SiteUnderTest;

/** /data/domains on a disk of 1 MB. */
beforeEach(async () => {
  if (options.skip) return;
  site = await makeSite();
  await mkdir(site.path('domains'));
  await mount('size=1m');
});
afterEach(async () => {
  if (options.skip) return;
  await execute('umount', [site.path('domains')]);
  await site.remove();
});

async function mount(size: string): Promise<void> {
  const { code, output } = await execute('mount', ['-t', 'tmpfs', '-o', size, 'none', site.path('domains')]);
  assert.equal(code, 0, output);
}

async function assertNoRoomThenRoom(source: string): Promise<void> {
  const before = (await site.list()).filter((path) => path.startsWith('import'));
  await assert.rejects(site.run(), {
    name: 'FreeholdError',
    message: new RegExp(
      `Cannot import .*${source}: The disk of .* is full: .* MB stay reserved for the host`,
    ),
  });
  assert.deepEqual(await readdir(site.path('domains')), [], 'nothing incomplete remains');
  assert.deepEqual(
    (await site.list()).filter((path) => path.startsWith('import')),
    before,
  );
  const { code, output } = await execute('mount', ['-o', 'remount,size=8m', site.path('domains')]);
  assert.equal(code, 0, output);
  await site.run();
  assert.equal((await stat(site.path(web, 'large'))).size, bytes.length);
  assert.deepEqual(await readdir(site.path('import')), []);
}

test(
  'An archive that does not fit on the disk stays, with a reason, and is imported once there is room.',
  options,
  async () => {
    await mkdir(site.path('import'));
    const large = { path: 'static/www-content/large', content: bytes };
    await writeFile(site.path('import/example.com.tar'), tar(index, large));
    await assertNoRoomThenRoom('import/example.com.tar');
  },
);

test(
  'A compressed archive with too many small files for the disk stays, and is imported later.',
  options,
  async () => {
    await execute('mount', ['-o', 'remount,nr_inodes=50', site.path('domains')]);
    await mkdir(site.path('import'));
    const small = Array.from({ length: 100 }, (_, count) => ({ path: `static/www-content/${count}` }));
    const large = { path: 'static/www-content/large', content: bytes };
    await writeFile(site.path('import/example.com.tar.gz'), gzipSync(tar(index, ...small)));
    await assert.rejects(site.run(), /Cannot import .*example\.com\.tar\.gz: no space left/);
    await execute('mount', ['-o', 'remount,nr_inodes=500', site.path('domains')]);
    await writeFile(site.path('import/example.com.tar.gz'), gzipSync(tar(index, ...small, large)));
    await assertNoRoomThenRoom('import/example.com.tar.gz');
  },
);

test('An archive stays if its unpacked content would use the disk reserve.', options, async () => {
  await execute('mount', ['-o', 'remount,size=8m', site.path('domains')]);
  await mkdir(site.path('import'));
  const large = { path: 'static/www-content/large', content: Buffer.alloc(6e6, 'x') };
  await writeFile(site.path('import/example.com.tgz'), gzipSync(tar(index, large)));
  const full =
    /Cannot import .*example\.com\.tgz: The disk of .* is full: .*lower FREEHOLD_DISK_RESERVE_MB\.$/;
  await assert.rejects(site.run(undefined, '', { FREEHOLD_DISK_RESERVE_MB: '4' }), full);
  assert.deepEqual(
    [await readdir(site.path('domains')), await readdir(site.path('import'))],
    [[], ['example.com.tgz']],
  );
  await site.run(undefined, '', { FREEHOLD_DISK_RESERVE_MB: '0' });
  assert.equal((await stat(site.path(web, 'large'))).size, 6e6);
});

test('A folder from another disk that does not fit stays, and is imported later.', options, async () => {
  await site.write({ 'import/example.com/static/www-content/index.html': 'mine' });
  await writeFile(site.path('import/example.com/static/www-content/large'), bytes);
  await assertNoRoomThenRoom('import/example.com');
});

test(
  'A welcome page that does not fit leaves nothing incomplete, and is created later.',
  options,
  async () => {
    await writeFile(site.path('domains/full'), Buffer.alloc(1024 * 1024)).catch(() => undefined);
    await assert.rejects(site.run(), /Cannot create a welcome page in .*: no space left/);
    assert.deepEqual(await site.list().then((all) => all.filter((path) => path.endsWith('.html'))), []);
    await execute('mount', ['-o', 'remount,size=8m', site.path('domains')]);
    await site.run();
    assert.match(await site.read(web, 'index.html'), /example\.com/);
  },
);
