import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '@freehold/testing/child';
import { waitFor } from '@freehold/testing/wait-for';

test('a program that cleans up after SIGTERM can still end by it', async () => {
  const source = `
    import { runMain } from '@freehold/core/run-main';
    import { endBySigterm } from ${JSON.stringify(join(import.meta.dirname, 'end-by-sigterm.ts'))};
    await runMain(async ({ log, signal }) => {
      setInterval(() => {}, 1000);
      log.info('Up.');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      log.info('Clean.');
      endBySigterm();
    });`;
  const child = startChild(process.execPath, ['--input-type=module', '--eval', source]);
  await waitFor('the start', () => child.output().includes('Up.'));
  const closed = once(child.process, 'close');
  child.process.kill('SIGTERM');
  assert.deepEqual(await closed, [null, 'SIGTERM']);
  assert.match(child.output(), /Clean\./);
});
