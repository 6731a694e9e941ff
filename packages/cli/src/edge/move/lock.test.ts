import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { takeLock } from './lock.ts';

const { signal } = new AbortController();

test('a lock is held until it is released, and by one at a time', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const file = join(path, 'lock');
  const lock = await takeLock(file, 0, signal);
  assert.equal(await takeLock(file, 0, signal), undefined);
  await lock?.release();
  const again = await takeLock(file, 60, signal);
  assert.ok(again);
  await again.release();
});

test('a lock ends with the process that holds it, killed or not', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const file = join(path, 'lock');
  const script = `import { takeLock } from '${join(import.meta.dirname, 'lock.ts')}';
    await takeLock('${file}', 0, new AbortController().signal); console.log('held'); setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  assert.equal(await takeLock(file, 0, signal), undefined);
  holder.kill('SIGKILL');
  const lock = await takeLock(file, 60, signal);
  assert.ok(lock);
  await lock.release();
});

test('a signal ends the waiting for a lock, but takes no lock that is held', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const file = join(path, 'lock');
  const abort = new AbortController();
  const lock = await takeLock(file, 0, abort.signal);
  assert.ok(lock);
  const waiting = takeLock(file, 600, abort.signal);
  abort.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
  await assert.rejects(takeLock(file, 600, abort.signal), /stopped/);
  assert.equal(await takeLock(file, 0, signal), undefined);
  await lock.release();
  const again = await takeLock(file, 60, signal);
  await again?.release();
  assert.ok(again);
});

test('a file that cannot be locked is a failure', async () => {
  await assert.rejects(takeLock('/nowhere/lock', 0, signal), /Cannot lock \/nowhere\/lock/);
});
