import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { refreshOwnKeys } from './own-files.ts';

test('renewed keys are sent, a removed host gets none, and those of a cluster elsewhere stay', async (context) => {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  const at = (...names: string[]) => join(folder.path, ...names);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  const refresh = (host: string) => refreshOwnKeys(folder.path, host);
  await write(at('cluster/ca/clients/ca.pem'), 'this one');
  await write(at('cluster/hosts/h1/client/ca.pem'), 'this one');
  await cp(at('cluster/hosts/h1'), at('hosts/h1/cluster'), { recursive: true });
  await write(at('cluster/hosts/h1/client/key.pem'), 'renewed');
  await write(at('hosts/h2/cluster/client/ca.pem'), 'another');
  await refresh('h1');
  assert.equal(await readFile(at('hosts/h1/cluster/client/key.pem'), 'utf8'), 'renewed');
  // As a run leaves it that was interrupted between its last two steps.
  await rename(at('hosts/h1/cluster'), at('hosts/h1/cluster.new'));
  await refresh('h1');
  assert.deepEqual(await readdir(at('hosts/h1')), ['cluster']);
  await refresh('h2');
  assert.equal(await readFile(at('hosts/h2/cluster/client/ca.pem'), 'utf8'), 'another');
  await rm(at('cluster/hosts/h1'), { recursive: true });
  await refresh('h1');
  assert.deepEqual(await readdir(at('hosts/h1')), []);
});
