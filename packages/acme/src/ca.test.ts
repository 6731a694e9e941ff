import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { connectCa } from './ca.ts';
import { startFakeCa } from './fake-ca.ts';

test('an answer that comes byte by byte without an end is given up', async () => {
  await using ca = await startFakeCa();
  ca.answers.set('/dir', (response) => {
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  });
  const { FREEHOLD_ACME_DIRECTORY: directory = '', FREEHOLD_ACME_CA: file = '' } = ca.env;
  const { signal } = new AbortController();
  await assert.rejects(
    connectCa({ directory, accountKey: '', ca: await readFile(file, 'utf8'), signal, withinMs: 300 }),
    { message: `Cannot reach the CA at ${directory}: no whole answer within 0.3 seconds.` },
  );
});
