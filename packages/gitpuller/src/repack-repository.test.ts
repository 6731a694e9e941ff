import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOvergrown } from './repack-repository.ts';
import { domain, findLeftovers, makeSite, type SiteUnderTest } from './site-under-test.ts';

const MB = 1e6;

test('A repository is repacked when its later packs outgrow the largest or are many; a small one is left alone.', () => {
  assert.equal(isOvergrown([]), false);
  assert.equal(isOvergrown([500 * MB]), false);
  assert.equal(isOvergrown([500 * MB, 100 * MB, 100 * MB]), false);
  assert.equal(isOvergrown([500 * MB, 300 * MB, 300 * MB]), true);
  assert.equal(isOvergrown([1 * MB, 1 * MB, 1 * MB, 1 * MB]), false);
  assert.equal(isOvergrown(Array(31).fill(1)), true);
});

async function sizeOfPacks(site: SiteUnderTest): Promise<number> {
  const folder = site.path('repository.git/objects/pack');
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test('The folder stays bounded over many large pushes, and the leftovers of a killed repack are removed.', async (context) => {
  const site = await makeSite();
  context.after(site.remove);
  const sizes: number[] = [];
  for (let count = 0; count < 6; count += 1) {
    await site.repository.commit({ 'large.bin': randomBytes(6 * MB).toString('latin1') });
    if (count > 0) {
      await writeFile(site.path('repository.git/objects/pack/tmp_pack_x'), Buffer.alloc(50 * MB));
    }
    const { code, lines } = await site.run([domain]);
    assert.equal(code, 0, lines.join('\n'));
    assert.match(lines.at(-1) ?? '', /now serves/);
    assert.deepEqual(await findLeftovers(site), []);
    sizes.push(await sizeOfPacks(site));
  }
  // latin1 text in UTF-8 takes one and a half times as many bytes.
  assert.ok(Math.max(...sizes) < 45 * MB, sizes.join(' '));
  assert.match((await site.run()).lines.join('\n'), /^<6>Unchanged/);
});
