// A reload in the middle of a message's way: it is delivered all the same, within seconds.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { waitFor } from '@freehold/testing/wait-for';
import { startMail, type TestMail } from './test-mail.ts';

/** Sends a signal to those of Postfix's daemons that run a program. */
async function signal(mail: TestMail, program: string, name: NodeJS.Signals): Promise<void> {
  for (const pid of await mail.postfix.pids()) {
    const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (comm === `${program.slice(0, 15)}\n`) process.kill(pid, name);
  }
}

test(
  'a message that a reload comes across does not wait for the next message',
  withPostfix,
  async (context) => {
    await using mail = await startMail({
      forwards: { 'info@a.test': ['one@else.test'], 'other@a.test': ['two@else.test'] },
    });
    await mail.send('info@a.test', 'Subject: the first\r\n\r\n');
    await mail.received('one@else.test');
    // The queue manager has the message and asks how it goes on, when all daemons are told to end: the one that it
    // asks is gone at once, and itself it ends without having delivered.
    await signal(mail, 'qmgr', 'SIGSTOP');
    assert.match(await mail.send('other@a.test', 'Subject: the second\r\n\r\n'), /^250 /);
    await signal(mail, 'trivial-rewrite', 'SIGSTOP');
    await signal(mail, 'qmgr', 'SIGCONT');
    await waitFor(
      'the queue manager to have it',
      async () => (await mail.postfix.logs()).match(/\(queue active\)/g)?.length === 2,
    );
    await signal(mail, 'master', 'SIGHUP');
    await waitFor('the reload', async () => (await mail.postfix.logs()).includes(': reload --'));
    await signal(mail, 'trivial-rewrite', 'SIGKILL');
    const from = performance.now();
    await waitFor(
      'the second message',
      () => mail.receiver.mails.some(({ data }) => data.includes('the second')),
      { withinMs: 15_000 },
    );
    context.diagnostic(`It took ${Math.round(performance.now() - from)} ms`);
  },
);
