import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { checkTree } from './check-tree.ts';

test('The identity of a tree changes with every change in it, and with nothing else.', async () => {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, 'tree', name);
  const { signal } = new AbortController();
  const ownership = { siteOwner: { uid: 10002, gid: 10002 }, rules: new Map() };
  const identity = async () => (await checkTree(at(''), { ownership, signal })).identity;
  await mkdir(at('static/www-content'), { recursive: true });
  for (const name of ['a', 'b', 'c']) await writeFile(at(`static/www-content/${name}`), name);
  const seen = [await identity()];
  assert.equal(await identity(), seen[0], 'reading changes nothing');
  for (const change of [
    () => appendFile(at('static/www-content/a'), 'more'),
    () => writeFile(at('static/www-content/new'), ''),
    () => rename(at('static/www-content/b'), at('static/b')),
    () => utimes(at('static/b'), 1, 1),
    () => chmod(at('static/b'), 0o600),
    () => symlink('a', at('static/www-content/link')),
    () => rm(at('static/www-content/c')),
    () => mkdir(at('static/www-content/empty')),
  ]) {
    await change();
    const now = await identity();
    assert.ok(!seen.includes(now), String(change));
    seen.push(now);
  }
  await folder.remove();
});
