// SIGTERM while an archive is imported: the site or the host is stopped. strace sends it as import creates
// one of the files, so that it arrives in the middle on any machine.
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { withStrace } from '@freehold/testing/strace';
import { index, tarEnd, tarEntry } from './archive-under-test.ts';
import { execute, mainFile, makeSite } from './site-under-test.ts';

const files = 3_000;
const many = Array.from({ length: files }, (_, count) => tarEntry({ path: `static/www-content/${count}` }));
const archive = Buffer.concat([...many, tarEntry(index), tarEnd]);

for (const [ending, bytes] of [
  ['.tar', archive],
  ['.tar.gz', gzipSync(archive)],
] as const) {
  test(
    `SIGTERM in the middle of a ${ending} ends import immediately, and the archive stays.`,
    withStrace,
    async () => {
      const site = await makeSite();
      await mkdir(site.path('import'));
      await writeFile(site.path(`import/example.com${ending}`), bytes);
      const half = site.path('domains/.example.com.copying/static/www-content/100');
      const inject = ['-P', half, '-e', 'trace=openat', '-e', 'inject=openat:signal=TERM:when=1'];
      const command = [process.execPath, mainFile, 'example.com', '--app', 'static'];
      const { code, output } = await execute('strace', ['-f', '-o', '/dev/null', ...inject, ...command], {
        FREEHOLD_DATA: site.data,
      });
      assert.equal(code, 1, output);
      // A loaded machine may need longer than import gives itself before it ends by force.
      assert.match(output, /<3>Stopped by SIGTERM(?:: ended by force[^\n]*|\.)\n$/);
      assert.deepEqual(await readdir(site.path('import')), [`example.com${ending}`]);
      assert.ok(!(await readdir(site.path('domains'))).includes('example.com'));
      await site.run();
      assert.equal((await readdir(site.path('domains/example.com/static/www-content'))).length, files + 1);
      assert.deepEqual(await readdir(site.path('domains')), ['example.com']);
      await site.remove();
    },
  );
}
