import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { receiveFolder } from './receive-folder.ts';

/** Takes the first bytes of a tar onto a disk that is full from one of the checks on. */
async function receive(context: TestContext, { bytes, fullAt }: { bytes?: number; fullAt?: number }) {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const [site, partial] = [join(path, 'site'), join(path, 'partial')];
  await mkdir(site);
  for (const name of ['index.html', '.whole']) await writeFile(join(site, name), 'x'.repeat(3000));
  const tar = execFileSync('tar', ['--create', `--directory=${site}`, './index.html', './.whole']);
  await writeFile(join(path, 'tar'), tar.subarray(0, bytes));
  const file = await open(join(path, 'tar'));
  let checks = 0;
  const requireRoom = async () => {
    checks += 1;
    if (checks === fullAt) throw new Error('The disk is full.');
  };
  const { signal } = new AbortController();
  const isWhole = receiveFolder({ partial, input: file.fd, signal, requireRoom });
  return { partial, isWhole: isWhole.finally(() => file.close()) };
}

test('a tar is complete with its .whole alone', async (context) => {
  const { partial, isWhole } = await receive(context, {});
  assert.equal(await isWhole, true);
  assert.deepEqual(await readdir(partial), ['index.html']);
  assert.equal(await (await receive(context, { bytes: 4096 })).isWhole, false);
});

test('a full disk is reported as such, not as an incomplete upload', async (context) => {
  const before = await receive(context, { fullAt: 1 });
  await assert.rejects(before.isWhole, /The disk is full/);
  assert.ok(!existsSync(before.partial));
  await assert.rejects((await receive(context, { bytes: 1000, fullAt: 2 })).isWhole, /The disk is full/);
});
