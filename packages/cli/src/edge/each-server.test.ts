import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { onEachServer } from './each-server.ts';

test('a failure that nobody has foreseen on one server leaves the others alone', async () => {
  const done: string[] = [];
  const { signal } = new AbortController();
  const call = { args: [], options: {}, env: {}, log: createLog(), signal };
  const work = onEachServer(['h1', 'h2', 'h3'], call, async ({ server }) => {
    if (server === 'h1') throw new TypeError('x is null');
    if (server === 'h3') throw null;
    await new Promise(setImmediate);
    done.push(server);
  });
  await assert.rejects(work, { message: 'Failed: h1 h3 (the reasons are above).' });
  assert.deepEqual(done, ['h2']);
});
