import assert from 'node:assert/strict';
import { chmod, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { readInside } from './read-inside.ts';

const limit = { maxBytes: 10 };

test('A file is read, a missing one is undefined, and one that is too long is refused.', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'a/b'), { recursive: true });
  await writeFile(join(folder.path, 'a/b/file'), 'text');
  assert.equal((await readInside(folder.path, ['a', 'b', 'file'], limit))?.text, 'text');
  assert.equal(await readInside(folder.path, ['a', 'c', 'file'], limit), undefined);
  await writeFile(join(folder.path, 'a/b/file'), 'x'.repeat(11));
  await assert.rejects(
    readInside(folder.path, ['a', 'b', 'file'], limit),
    /has 11 bytes, more than the limit of 10/,
  );
  await folder.remove();
});

test('Neither a link anywhere in the path nor a second name of a file is followed.', async () => {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await mkdir(at('a'));
  await writeFile(at('a/file'), 'text');
  await symlink('a', at('to-folder'));
  await symlink('file', at('a/to-file'));
  await assert.rejects(readInside(folder.path, ['to-folder', 'file'], limit), /lies behind one/);
  await assert.rejects(
    readInside(folder.path, ['a', 'to-file'], limit),
    /is a symbolic link or lies behind one/,
  );
  await link(at('a/file'), at('a/again'));
  await assert.rejects(readInside(folder.path, ['a', 'file'], limit), /not a regular file/);
  await folder.remove();
});

test('A folder that may be traversed but not listed is no obstacle.', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'a'));
  await writeFile(join(folder.path, 'a/file'), 'text');
  await chmod(join(folder.path, 'a'), 0o711);
  await chmod(folder.path, 0o711);
  await asNobody(async () => {
    assert.equal((await readInside(folder.path, ['a', 'file'], limit))?.text, 'text');
  });
  await folder.remove();
});

/** Root could read it anyway, so the work runs as another user there. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
