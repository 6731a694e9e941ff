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

test('Only one process holds the lock at a time, and its file stays empty.', async () => {
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

test('A killed process releases its lock, and a waiting process logs its wait once.', async () => {
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
  await waitFor('the second to wait', () => waiter.lines.length > 0);
  await holder.stop('SIGKILL');
  assert.equal(await waiting, 'mine');
  assert.deepEqual(waiter.lines, ['<6>Another run is already in progress; waiting for it to end.']);
  await folder.remove();
});

test('An abort ends the wait for a lock, and work that fails releases it.', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  const abort = new AbortController();
  await withLock(path, options(), async () => {
    const waiting = withLock(path, { ...options(), signal: abort.signal }, async () => undefined);
    abort.abort(new Error('stopped'));
    await assert.rejects(waiting, /stopped/);
  });
  await assert.rejects(
    withLock(path, options(), () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await withLock(path, options(), async () => 'free'), 'free');
  await assert.rejects(
    withLock(join(path, 'x'), options(), async () => 1),
    /Cannot create the lock/,
  );
  await folder.remove();
});
