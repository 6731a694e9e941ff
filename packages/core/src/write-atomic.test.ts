import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '@freehold/testing/child';
import { sameCalls } from '@freehold/testing/strace';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { writeAtomic } from './write-atomic.ts';

const module = JSON.stringify(join(import.meta.dirname, 'write-atomic.ts'));
const isRoot = process.getuid?.() === 0;

async function run(command: string, args: string[]) {
  const child = startChild(command, args, sameCalls);
  if (child.process.exitCode === null) await once(child.process, 'close').catch(() => undefined);
  return { code: child.process.exitCode, signal: child.process.signalCode, output: child.output() };
}
const canTrace = (await run('strace', ['-o', '/dev/null', 'true'])).code === 0;

/** Writes in another process while strace interferes with one system call. */
function writeTraced(path: string, text: string, call: string, inject: string) {
  const source = `import { writeAtomic } from ${module}; await writeAtomic(${JSON.stringify(path)}, ${JSON.stringify(text)});`;
  const trace = ['-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${inject}`];
  return run('strace', [...trace, process.execPath, '--input-type=module', '--eval', source]);
}

test('A file is written with its mode whatever the umask, and replaces the previous one.', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'file');
  const umask = process.umask(0o077);
  await writeAtomic(path, 'one');
  process.umask(umask);
  assert.equal((await stat(path)).mode & 0o777, 0o644);
  await writeAtomic(path, Buffer.from('two'), {
    mode: 0o640,
    owner: isRoot ? { uid: 10001, gid: 10002 } : undefined,
  });
  const { mode, uid, gid } = await stat(path);
  assert.deepEqual([await readFile(path, 'utf8'), mode & 0o777], ['two', 0o640]);
  if (isRoot) assert.deepEqual([uid, gid], [10001, 10002]);
  assert.deepEqual(await readdir(folder.path), ['file']);
  await folder.remove();
});

test('A temporary file that already exists is replaced and never followed.', async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'file');
  await writeFile(join(folder.path, 'other'), 'other');
  await chmod(join(folder.path, 'other'), 0o600);
  await symlink('other', `${path}.tmp`);
  await writeAtomic(path, 'new');
  assert.equal(await readFile(join(folder.path, 'other'), 'utf8'), 'other');
  assert.equal(await readFile(path, 'utf8'), 'new');
  await folder.remove();
});

test('A file is old or new but never incomplete, wherever its writer is killed.', {
  skip: canTrace ? false : 'strace cannot be used here',
}, async () => {
  let kills = 0;
  for (const call of ['fchmod', 'fsync', 'rename']) {
    for (let count = 1, killed = true; killed; count += 1) {
      const folder = await temporaryFolder();
      const path = join(folder.path, 'file');
      await writeFile(path, 'old');
      const { code, signal, output } = await writeTraced(path, 'new', call, `signal=KILL:when=${count}`);
      killed = signal === 'SIGKILL';
      if (killed) kills += 1;
      else assert.equal(code, 0, output);
      assert.match(await readFile(path, 'utf8'), killed ? /^(old|new)$/ : /^new$/);
      await writeAtomic(path, 'newer');
      assert.deepEqual([await readFile(path, 'utf8'), await readdir(folder.path)], ['newer', ['file']]);
      await folder.remove();
    }
  }
  assert.equal(kills, 4);
});

for (const call of ['fsync', 'rename']) {
  test(`A full disk at ${call} leaves the old file and no other.`, {
    skip: canTrace ? false : 'strace cannot be used here',
  }, async () => {
    const folder = await temporaryFolder();
    const path = join(folder.path, 'file');
    await writeFile(path, 'old');
    const { code, output } = await writeTraced(path, 'new', call, 'error=ENOSPC');
    assert.equal(code, 1);
    assert.match(output, /ENOSPC/);
    assert.deepEqual([await readFile(path, 'utf8'), await readdir(folder.path)], ['old', ['file']]);
    await folder.remove();
  });
}
