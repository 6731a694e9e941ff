import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { takeLock } from './lock.ts';

test('a lock is held until it is released, and by one at a time', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const file = join(path, 'lock');
  const lock = await takeLock(file, 0);
  assert.equal(await takeLock(file, 0), undefined);
  await lock?.release();
  const again = await takeLock(file, 60);
  assert.ok(again);
  await again.release();
});

test('a lock ends with the process that holds it, killed or not', async (context) => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const file = join(path, 'lock');
  const script = `import { takeLock } from '${join(import.meta.dirname, 'lock.ts')}';
    await takeLock('${file}', 0); console.log('held'); setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  assert.equal(await takeLock(file, 0), undefined);
  holder.kill('SIGKILL');
  const lock = await takeLock(file, 60);
  assert.ok(lock);
  await lock.release();
});

test('a file that cannot be locked is a failure', async () => {
  await assert.rejects(takeLock('/nowhere/lock', 0), /Cannot lock \/nowhere\/lock/);
});

test('a wait for a lock ends with the signal, and the lock can be taken later', async (context) => {
  const folder = await temporaryFolder();
  context.after(() => folder.remove());
  const file = join(folder.path, 'lock');
  const held = await takeLock(file, 0);
  const abort = new AbortController();
  const waiting = takeLock(file, 600, abort.signal);
  abort.abort(new Error('Stopped'));
  await assert.rejects(waiting, /Stopped/);
  await held?.release();
  const again = await takeLock(file, 60);
  assert.ok(again);
  await again.release();
});
