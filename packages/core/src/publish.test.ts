import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { type Answer, publish, readFiles, sameFiles } from './publish.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const at = (name: string) => join(folder.path, name);
const files = (texts: Record<string, string>) =>
  new Map(Object.entries(texts).map(([name, text]) => [at(name), text]));
const accepted = async (): Promise<Answer> => ({ kind: 'accepted' });

async function onDisk(): Promise<Record<string, string>> {
  const names = (await readdir(folder.path)).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(at(name), 'utf8')])),
  );
}

test('Accepted files stay, and are on disk before the server is asked to load them.', async () => {
  await writeFile(at('a'), 'old');
  const answer = await publish(files({ a: 'new', b: 'more' }), async () => {
    assert.deepEqual(await onDisk(), { a: 'new', b: 'more' });
    return { kind: 'accepted' };
  });
  assert.deepEqual([answer, await onDisk()], [{ kind: 'accepted' }, { a: 'new', b: 'more' }]);
});

test('Refused files are rolled back: the previous texts return, and new files are removed.', async () => {
  await publish(files({ a: 'good', b: 'same' }), accepted);
  const next = files({ a: 'bad', b: 'same', c: 'new' });
  const answer = await publish(next, async () => ({ kind: 'refused', reason: 'line 3' }));
  assert.deepEqual(
    [answer, await onDisk()],
    [
      { kind: 'refused', reason: 'line 3' },
      { a: 'good', b: 'same' },
    ],
  );
});

test('An absent server finds the new files when it starts.', async () => {
  await writeFile(at('a'), 'old');
  const answer = await publish(files({ a: 'new' }), async () => ({ kind: 'absent', reason: 'no socket' }));
  assert.deepEqual([answer.kind, await onDisk()], ['absent', { a: 'new' }]);
});

test('Unchanged files are not written, and the server is asked nevertheless.', async () => {
  await publish(files({ a: 'same', b: 'old' }), accepted);
  const { ino } = await stat(at('a'));
  let asked = 0;
  await publish(files({ a: 'same', b: 'new' }), async () => {
    asked += 1;
    return { kind: 'accepted' };
  });
  assert.deepEqual([asked, (await stat(at('a'))).ino, await onDisk()], [1, ino, { a: 'same', b: 'new' }]);
});

test('If one file cannot be written, none is.', async () => {
  await writeFile(at('a'), 'old');
  const next = files({ a: 'new', 'missing/b': 'new' });
  await assert.rejects(
    publish(next, () => assert.fail('the server is not asked')),
    /ENOENT/,
  );
  assert.deepEqual(await onDisk(), { a: 'old' });
});

test('A file that cannot be read is an error, unlike a missing one.', async () => {
  await mkdir(at('a'));
  await assert.rejects(readFiles([at('a')]), { code: 'EISDIR' });
  await rm(at('a'), { recursive: true });
  assert.equal((await readFiles([at('a')])).size, 0);
  await writeFile(at('a'), 'x');
  await chmod(at('a'), 0o600);
  assert.ok(sameFiles(await readFiles([at('a')]), files({ a: 'x' })));
  assert.ok(!sameFiles(files({ a: 'x' }), files({ a: 'x', b: 'y' })));
  assert.ok(!sameFiles(files({ a: 'x' }), files({ b: 'x' })));
});
