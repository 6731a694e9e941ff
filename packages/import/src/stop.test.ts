// SIGTERM while an archive is brought in: a stop of the site, or of the host.
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startChild } from '@freehold/testing/child';
import { waitFor } from '@freehold/testing/wait-for';
import { index, tarEnd, tarEntry } from './archive-under-test.ts';
import { mainFile, makeSite } from './site-under-test.ts';

const files = 6_000;
const many = Array.from({ length: files }, (_, count) => tarEntry({ path: `static/www-content/${count}` }));
const archive = Buffer.concat([...many, tarEntry(index), tarEnd]);

for (const [ending, bytes] of [
  ['.tar', archive],
  ['.tar.gz', gzipSync(archive)],
] as const) {
  test(`A stop in the middle of a ${ending} ends import there and then, and the archive stays.`, async () => {
    const site = await makeSite();
    await mkdir(site.path('import'));
    await writeFile(site.path(`import/example.com${ending}`), bytes);
    const args = [mainFile, 'example.com', '--app', 'static'];
    const child = startChild(process.execPath, args, { FREEHOLD_DATA: site.data });
    const half = site.path('domains/.example.com.copying/static/www-content');
    await waitFor('the first files', async () => (await readdir(half)).length > 100, { everyMs: 5 });
    await child.stop('SIGTERM');
    assert.equal(child.process.exitCode, 1);
    assert.match(child.output(), /<3>Stopped by SIGTERM\.\n$/);
    assert.deepEqual(await readdir(site.path('import')), [`example.com${ending}`]);
    assert.ok(!(await readdir(site.path('domains'))).includes('example.com'));
    await site.run();
    assert.equal((await readdir(site.path('domains/example.com/static/www-content'))).length, files + 1);
    assert.deepEqual(await readdir(site.path('domains')), ['example.com']);
    await site.remove();
  });
}
