import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { holdSession } from './hold-session.ts';

/** In the place of ssh is a program of bash. */
async function prepare(context: TestContext, program: string) {
  const { path: folder, remove } = await temporaryFolder();
  context.after(remove);
  const ssh = join(folder, 'bin/ssh');
  await mkdir(join(folder, 'bin'));
  await writeFile(ssh, `#!/bin/bash\n${program}\n`);
  await chmod(ssh, 0o755);
  const env = { PATH: `${folder}/bin:${process.env.PATH}` };
  const { signal } = new AbortController();
  return { server: 'h1', folder, env, signal, report: () => undefined };
}

test('a session is held though .bashrc prints a line first', async (context) => {
  const held = await holdSession(await prepare(context, 'echo Welcome; echo held; cat >/dev/null'), ['hold']);
  assert.equal(held.isHeld(), true);
  await held.release();
  assert.equal(held.isHeld(), false);
});

test('a session that does not answer is given up, also if its processes live on', async (context) => {
  const options = await prepare(context, 'echo Welcome; sleep 30 & wait');
  await assert.rejects(holdSession(options, ['hold'], { step: 'hold', limitSeconds: 1 }), {
    message: "h1: 'hold' did not answer within 1 s. Run this again.",
  });
});

test('a session that ends before it is held fails with its exit code', async (context) => {
  const options = await prepare(context, 'echo Welcome; exit 3');
  await assert.rejects(holdSession(options, ['hold'], { step: 'hold' }), {
    message: "h1: 'hold' failed with exit code 3; the reason is above.",
  });
});
