// A message is on disk before its sender is told that it was accepted, so a power cut cannot lose it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { traceProcesses, withStrace } from '@freehold/testing/strace';
import { type RunningMail, startMail } from './test-mail.ts';

const forwards = { 'info@a.test': ['one@else.test'] };
const skip = withPostfix.skip || withStrace.skip;

describe('a message', { skip }, () => {
  let mail: RunningMail;
  before(async () => {
    mail = await startMail({ forwards });
  });
  after(() => mail[Symbol.asyncDispose]());

  test('a message is flushed to disk before it is accepted', async () => {
    const file = join(mail.folder, 'trace');
    {
      const calls = ['-s', '30', '-e', 'trace=fsync,fdatasync,write,sendto'];
      await using _ = await traceProcesses(mail.postfix.pids, file, calls);
      assert.match(await mail.send('info@a.test'), /^250 /);
    }
    const trace = await readFile(file, 'utf8');
    const [accepted, taken] = [trace.indexOf('"354 '), trace.indexOf('"250 2.0.0 Ok: queued')];
    assert.ok(accepted !== -1 && taken > accepted, trace);
    assert.match(trace.slice(accepted, taken), /fsync(\(\d+\)| resumed>\)) += 0/);
  });

  test('a message that cannot be written to disk is not accepted', async () => {
    {
      const fault = ['-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO'];
      await using _ = await traceProcesses(mail.postfix.pids, join(mail.folder, 'trace'), fault);
      assert.match(await mail.send('info@a.test'), /^4\d\d /, 'its sender should try again');
    }
    assert.match(await mail.send('info@a.test'), /^250 /);
    await mail.received('one@else.test');
  });
});
