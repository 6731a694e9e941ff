import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '@freehold/testing/child';
import { recordingStream } from '@freehold/testing/recording-stream';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { withLock } from './lock.ts';
import { createLog } from './log.ts';

function options() {
  const stream = recordingStream();
  return {
    signal: new AbortController().signal,
    log: createLog(stream),
    what: 'Another run',
    lines: stream.lines,
  };
}

test('Whoever holds the lock is alone, and the file stays empty.', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  let inside = 0;
  const work = async () => {
    inside += 1;
    assert.equal(inside, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, options(), work)));
  assert.deepEqual(await readdir(folder.path), ['lock']);
  assert.equal((await stat(path)).size, 0);
  await folder.remove();
});

test('A process that is killed gives its lock back, and who waits for it says so once.', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  const lock = JSON.stringify(join(import.meta.dirname, 'lock.ts'));
  const holder = startChild(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { withLock } from ${lock};
     const options = { signal: new AbortController().signal, log: {}, what: 'It' };
     await withLock(${JSON.stringify(path)}, options, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1000); }));`,
  ]);
  await waitFor('the lock to be held', () => holder.output().includes('held'));
  const waiter = options();
  const waiting = withLock(path, waiter, async () => 'mine');
  await waitFor('the waiting', () => waiter.lines.length > 0);
  await holder.stop('SIGKILL');
  assert.equal(await waiting, 'mine');
  assert.deepEqual(waiter.lines, ['<6>Another run is under way already; waiting for it to end.']);
  await folder.remove();
});

test('Waiting for a lock ends with an abort, and work that fails gives the lock back.', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  const abort = new AbortController();
  await withLock(path, options(), async () => {
    const waiting = withLock(path, { ...options(), signal: abort.signal }, async () => undefined);
    abort.abort(new Error('told'));
    await assert.rejects(waiting, /told/);
  });
  await assert.rejects(
    withLock(path, options(), () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await withLock(path, options(), async () => 'free'), 'free');
  await assert.rejects(
    withLock(join(path, 'x'), options(), async () => 1),
    /The lock .* could not be made/,
  );
  await folder.remove();
});
