// followJournal prints straight to the terminal: in the place of journalctl is a program that ends as it is told.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { followJournal } from './journal.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const path = process.env.PATH;

before(async () => {
  folder = await temporaryFolder();
  process.env.PATH = `${folder.path}:${path}`;
});
after(async () => {
  process.env.PATH = path;
  await folder.remove();
});

async function follow(script: string, abort = new AbortController()): Promise<void> {
  const program = join(folder.path, 'journalctl');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const call = { args: [], options: { since: 'nonsense' }, env: {}, log: createLog(), signal: abort.signal };
  await followJournal('*@a.test.service', call);
}

test('journalctl that fails while it follows is a failure', async () => {
  await assert.rejects(follow('exit 1'), {
    code: 'failed',
    message: /^Cannot follow the journal of \*@a\.test\.service: journalctl ended with exit code 1/,
  });
});

test('a reader that stops following ends cleanly', async () => {
  const abort = new AbortController();
  abort.abort();
  await follow('exec sleep 600', abort);
});
