// With a program in the place of docker, which prints what the database's container would.
import assert from 'node:assert/strict';
import { chmod, type FileHandle, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { type DumpJob, writeDump } from './write-dump.ts';

async function prepare(context: TestContext, docker: string) {
  const { path: folder, remove } = await temporaryFolder();
  const { PATH } = process.env;
  context.after(() => {
    process.env.PATH = PATH;
    return remove();
  });
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'mysql'));
  await writeFile(join(folder, 'bin/docker'), `#!/bin/bash\n${docker}\n`);
  await chmod(join(folder, 'bin/docker'), 0o755);
  process.env.PATH = `${folder}/bin:${PATH}`;
  const file = join(folder, 'mysql/dump.sql');
  await writeFile(file, 'before');
  const rules = { app: 'wordpress', database: 'mysql', file: 'mysql/dump.sql', end: '-- Dump completed' };
  const job: DumpJob = {
    ...{ domain: 'a.test', file, reserveMegabytes: 0, signal: new AbortController().signal },
    rules: { ...rules, group: process.getgid?.() ?? 0 },
  };
  const files = () => readdir(join(folder, 'mysql'));
  return { job, file, files };
}

test('a complete dump replaces the one before, and only root and its group read it', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('Only root may set owners.');
  const { job, file, files } = await prepare(context, 'echo "$*"; echo "-- Dump completed on 2030-01-01"');
  // What an earlier run has left, which was killed.
  await writeFile(join(file, '../.dump.sql.new'), 'a part');
  const size = await writeDump(job);
  const text = await readFile(file, 'utf8');
  assert.equal(text, 'exec mysql_a.test dump\n-- Dump completed on 2030-01-01\n');
  assert.equal(size, text.length);
  assert.equal((await stat(file)).mode & 0o777, 0o640);
  assert.deepEqual(await files(), ['dump.sql']);
});

test('a write that stores only a part of its data is continued', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('Only root may set owners.');
  const { job, file } = await prepare(context, 'echo begin; echo "-- Dump completed"');
  const handle = await open(file);
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const { write } = prototype;
  const writeThree = function (this: FileHandle, data: Buffer, offset = 0) {
    return Reflect.apply(write, this, [data, offset, Math.min(3, data.length - offset)]);
  };
  const { mock } = context.mock.method(prototype, 'write', writeThree as typeof write);
  assert.equal(await writeDump(job), 24);
  assert.ok(mock.callCount() > 2);
  assert.equal(await readFile(file, 'utf8'), 'begin\n-- Dump completed\n');
});

for (const [what, docker, reason] of [
  ['is cut off', 'echo "INSERT"', /was not dumped completely: the end of the dump is missing/],
  ['fails in the database', 'echo "-- Dump completed"; exit 3', /the database failed/],
] as const) {
  test(`a dump that ${what} leaves the one before`, async (context) => {
    const { job, file, files } = await prepare(context, docker);
    await assert.rejects(writeDump(job), reason);
    assert.equal(await readFile(file, 'utf8'), 'before');
    assert.deepEqual(await files(), ['dump.sql']);
  });
}

test('a dump leaves the disk its reserve', async (context) => {
  const { job, files } = await prepare(context, 'echo "-- Dump completed"');
  await assert.rejects(writeDump({ ...job, reserveMegabytes: 1e9 }), /except for the host's reserve/);
  assert.deepEqual(await files(), ['dump.sql']);
});

test('a dump that is interrupted leaves the one before', async (context) => {
  const { job, file, files } = await prepare(context, 'echo begin; exec sleep 600');
  const abort = new AbortController();
  const dump = writeDump({ ...job, signal: abort.signal });
  setTimeout(() => abort.abort(new Error('stopped')), 100);
  await assert.rejects(dump, /stopped/);
  assert.equal(await readFile(file, 'utf8'), 'before');
  assert.deepEqual(await files(), ['dump.sql']);
});
