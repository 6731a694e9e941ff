// An upload on another file system, which cannot be renamed into place.
import assert from 'node:assert/strict';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { isRoot, makeSite, type SiteUnderTest } from './site-under-test.ts';

const other = '/dev/shm';
const content = 'domains/example.com/static/www-content';
const options = {
  skip: (await isOtherDisk()) ? false : `${other} is not another file system than ${tmpdir()} here`,
};
let site: SiteUnderTest;
let disk: string;

async function isOtherDisk(): Promise<boolean> {
  const here = await stat(tmpdir());
  const there = await stat(other).catch(() => undefined);
  return there !== undefined && there.dev !== here.dev;
}

beforeEach(async () => {
  if (options.skip) return;
  site = await makeSite();
  disk = await mkdtemp(join(other, 'freehold-test-'));
  await symlink(disk, site.path('import'));
  await site.write({ 'import/example.com/static/www-content/index.html': 'mine' });
});
afterEach(async () => {
  if (options.skip) return;
  await rm(disk, { recursive: true, force: true });
  await site.remove();
});

test(
  'It is copied completely, with its links, times and names, and removed afterwards.',
  options,
  async () => {
    const web = join(disk, 'example.com/static/www-content');
    await writeFile(Buffer.concat([Buffer.from(web), Buffer.from('/\xff', 'latin1')]), 'odd');
    await symlink('../../TLS', join(web, 'link'));
    await link(join(web, 'index.html'), join(web, 'again.html'));
    await utimes(join(web, 'index.html'), 1_000_000, 1_000_000);
    await chmod(join(web, 'index.html'), 0o4777);
    assert.match((await site.run()).join(), /is on another file system; copying it.*Imported the data/s);
    const file = await stat(site.path(content, 'index.html'));
    assert.deepEqual([file.mtimeMs, file.mode & 0o7777], [1_000_000_000, 0o644]);
    if (isRoot) assert.equal(file.uid, 10002);
    assert.equal(await readlink(site.path(content, 'link')), '../../TLS');
    const names = await readdir(Buffer.from(site.path(content)), { encoding: 'latin1' });
    assert.deepEqual(names.toSorted(), ['again.html', 'index.html', 'link', '\xff']);
    assert.deepEqual([await readdir(disk), await readdir(site.path('domains'))], [[], ['example.com']]);
  },
);

test('A partial copy of a killed run is discarded.', options, async () => {
  await site.write({ 'domains/.example.com.copying/static/www-content/half.html': 'half' });
  await site.run();
  assert.deepEqual(await readdir(site.path(content)), ['index.html']);
});

test('A complete copy of a killed run is used, and its source removed.', options, async () => {
  await mkdir(join(disk, '.example.com.copied'));
  await writeFile(join(disk, '.example.com.copied/rest'), 'x');
  await site.write({ 'domains/.example.com.copying/static/www-content/index.html': 'whole' });
  await site.run();
  assert.equal(await site.read(content, 'index.html'), 'whole');
  assert.deepEqual(await readdir(disk), ['example.com'], 'a newer upload waits');
});

test(
  'A source that is still being written to is not removed: it stays complete, and a later run imports all of it.',
  options,
  async () => {
    const web = join(disk, 'example.com/static/www-content');
    for (let count = 0; count < 1_500; count += 1) await writeFile(join(web, `${count}.html`), 'page');
    const refused = assert.rejects(
      site.run(),
      /Cannot import .*example\.com: it changed while it was copied, so it may still be uploaded\./,
    );
    const copy = site.path('domains/.example.com.copying/static/www-content');
    await waitFor('the first files', async () => (await readdir(copy)).length > 20, { everyMs: 5 });
    await writeFile(join(web, '0.html'), 'late');
    await mkdir(join(web, 'late'));
    await writeFile(join(web, 'late/late.html'), 'late');
    await refused;
    assert.deepEqual([await readdir(disk), await readdir(site.path('domains'))], [['example.com'], []]);
    await site.run();
    assert.equal(await site.read(content, '0.html'), 'late');
    assert.equal(await site.read(content, 'late/late.html'), 'late');
  },
);
