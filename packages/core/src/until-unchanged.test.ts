// The script with which certificate@ reads a certificate again that changes meanwhile: the script itself, in a shell.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const script = join(import.meta.dirname, '../../../scripts/host/until-unchanged.sh');

async function readsOf(command: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  try {
    await writeFile(join(folder, 'file'), 'first');
    const { code } = await promisify(execFile)('sh', [script, 'file', 'sh', '-c', command], { cwd: folder })
      .then(() => ({ code: 0 }))
      .catch((error: { code: number }) => error);
    return `${await readFile(join(folder, 'reads'), 'utf8')}${code}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('A file that is replaced while it is read is read again.', async () => {
  const replace = '[ -e replaced ] || { touch replaced; echo second >new; mv new file; }';
  assert.equal(await readsOf(`echo "$(cat file)" >>reads; ${replace}`), 'first\nsecond\n0');
});

test('The code of the last read counts, and a change of the owner or mode is no change of the file.', async () => {
  assert.equal(await readsOf('echo read >>reads; chmod 600 file; exit 3'), 'read\n3');
});

test('A file that is removed meanwhile is read once more, as a removal is a change too.', async () => {
  assert.equal(await readsOf('echo read >>reads; rm -f file'), 'read\nread\n0');
});
