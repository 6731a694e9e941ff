// A disk that is full at the worst moment, using strace's fault injection.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withStrace } from '@freehold/testing/strace';
import { execute, mainFile, makeSite } from './site-under-test.ts';

const otherDisk = '/dev/shm';
const isOtherDisk = (await stat(otherDisk).catch(() => undefined))?.dev !== (await stat(tmpdir())).dev;

/** Runs import with every one of these system calls reporting a full disk. */
function runWithoutSpace(calls: string, data: string) {
  const inject = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=ENOSPC`];
  const command = [process.execPath, mainFile, 'example.com', '--app', 'static'];
  return execute('strace', [...inject, ...command], { FREEHOLD_DATA: data });
}

for (const call of ['fsync', 'rename']) {
  test(
    `A welcome page for which there is no space at ${call} leaves nothing incomplete.`,
    withStrace,
    async () => {
      const site = await makeSite();
      const { code, output } = await runWithoutSpace(call, site.data);
      assert.equal(code, 1);
      assert.match(output, /Cannot create a welcome page in .*www-content: no space left on the disk/);
      assert.deepEqual(await readdir(site.path('domains/example.com/static')), []);
      await site.run();
      assert.match(await site.read('domains/example.com/static/www-content/index.html'), /example\.com/);
      await site.remove();
    },
  );
}

test('An upload for which there is no space stays in place, with a message.', {
  skip: withStrace.skip || (isOtherDisk ? false : `${otherDisk} is not another file system here`),
}, async () => {
  const site = await makeSite();
  const disk = await mkdtemp(join(otherDisk, 'freehold-test-'));
  await symlink(disk, site.path('import'));
  await site.write({ 'import/example.com/static/www-content/index.html': 'mine'.repeat(100_000) });
  const { code, output } = await runWithoutSpace('copy_file_range,sendfile,fsync', site.data);
  assert.equal(code, 1);
  assert.match(output, /Cannot import .*import\/example\.com: no space left on the disk/);
  assert.deepEqual([await readdir(disk), await readdir(site.path('domains'))], [['example.com'], []]);
  await site.run();
  assert.equal((await site.read('domains/example.com/static/www-content/index.html')).length, 400_000);
  await rm(disk, { recursive: true });
  await site.remove();
});
