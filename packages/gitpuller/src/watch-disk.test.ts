import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { refusalOf } from './refusal.ts';
import { withDiskWatch } from './watch-disk.ts';

async function makeRepository(context: TestContext): Promise<string> {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  await mkdir(join(folder.path, 'objects/pack'), { recursive: true });
  return folder.path;
}

/** Writes until it is stopped. */
const write = (repository: string, bytes: number) => async (signal: AbortSignal) => {
  await writeFile(join(repository, 'objects/pack/tmp_pack_x'), Buffer.alloc(bytes));
  if (!signal.aborted) await once(signal, 'abort');
  signal.throwIfAborted();
};

test('A fetch that brings more than a commit may take is aborted.', async (context) => {
  const repository = await makeRepository(context);
  const watch = { repository, reserve: 0, maxBytes: 1e6 };
  await assert.rejects(withDiskWatch(watch, write(repository, 2e6)), (error: Error) => {
    assert.match(error.message, /its commit is larger than 1 MB/);
    assert.deepEqual(refusalOf(error), {});
    return true;
  });
  assert.equal(await withDiskWatch({ ...watch, maxBytes: 9e6 }, async () => 'done'), 'done');
});

test("Nothing starts on a disk that has only the host's reserve left, and the error reports the full disk.", async (context) => {
  const repository = await makeRepository(context);
  const watch = { repository, reserve: Number.MAX_SAFE_INTEGER };
  let isBegun = false;
  const work = async () => {
    isBegun = true;
  };
  await assert.rejects(withDiskWatch(watch, work), /The disk of .* is full/);
  assert.equal(isBegun, false);
});
