// Tests the program as a process: its exit codes and its last line.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { execute, mainFile, makeSite } from './site-under-test.ts';

test('Success is 0, failure is 1, invalid arguments and settings are 2; the last line states the reason.', async () => {
  const site = await makeSite();
  const run = (args: string[], env = {}) =>
    execute(process.execPath, [mainFile, ...args], { FREEHOLD_DATA: site.data, ...env });
  assert.equal((await run(['example.com', '--app', 'static'])).code, 0);
  const failed = await run(['example.com', '--app', 'static-git']);
  assert.deepEqual(
    [failed.code, /static-git@example\.com has no data: .*\n$/.test(failed.output)],
    [1, true],
  );
  const wrong = await run(['example.com', '--app', 'static'], { FREEHOLD_SITE_UID: '0' });
  assert.deepEqual([wrong.code, /FREEHOLD_SITE_UID is 0, but a whole number/.test(wrong.output)], [2, true]);
  const upper = await run(['Upper.test', '--app', 'static']);
  assert.deepEqual(
    [upper.code, /write it as upper\.test, .*static@upper\.test/.test(upper.output)],
    [2, true],
  );
  assert.deepEqual((await readdir(site.path('domains'))).sort(), ['example.com']);
  const help = await run(['--help']);
  assert.deepEqual(
    [help.code, /^import: .*Usage: import DOMAIN.*docker run --rm/s.test(help.output)],
    [0, true],
  );
  await site.remove();
});
