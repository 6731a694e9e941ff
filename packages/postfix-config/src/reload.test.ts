// A reload in the middle of a delivery: the message is delivered nevertheless. Without the settings in
// master.cf, it would wait for five minutes, or for the next message.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { waitFor } from '@freehold/testing/wait-for';
import { createTestMail, startMail, type TestMail } from './test-mail.ts';

/** Sends a signal to those of Postfix's daemons that run a program. */
async function signal(mail: TestMail, program: string, name: NodeJS.Signals): Promise<void> {
  for (const pid of await mail.postfix.pids()) {
    const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (comm === `${program.slice(0, 15)}\n`) process.kill(pid, name);
  }
}

describe('reload', { concurrency: 2 }, () => {
  test(
    'a message that is interrupted by a reload does not wait for the next message',
    withPostfix,
    async (context) => {
      await using mail = await startMail({
        forwards: { 'info@a.test': ['one@else.test'], 'other@a.test': ['two@else.test'] },
      });
      await mail.send('info@a.test', 'Subject: the first\r\n\r\n');
      await mail.received('one@else.test');
      // The queue manager has the message and queries its route when all daemons are asked to end: the daemon
      // that it queries exits immediately, and the queue manager itself ends without having delivered.
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
      await waitFor('the second message', () =>
        mail.receiver.mails.some(({ data }) => data.includes('the second')),
      );
      context.diagnostic(`It took ${Math.round(performance.now() - from)} ms`);
    },
  );

  test(
    'files that were staged by an interrupted reload are loaded by the next one',
    withPostfix,
    async () => {
      await using mail = await createTestMail({ forwards: { 'info@a.test': ['one@else.test'] } });
      await once(mail.config('--once').process, 'close');
      await mail.postfix.start();
      const reloads = async () => (await mail.postfix.logs()).match(/: reload --/g)?.length ?? 0;
      await appendFile(join(mail.folder, 'forwards'), 'new@a.test two@else.test\n');
      // The state that a reload leaves if it is killed before it notifies Postfix.
      await mail.postfix.exec('/usr/lib/freehold/configure.sh');
      assert.equal(await reloads(), 0);
      const reload = () => mail.postfix.exec('/usr/lib/freehold/control.sh', 'reload');
      assert.equal(await reload(), 'accepted\n');
      await waitFor('the reload', async () => (await reloads()) === 1);
      await mail.untilAnswered('new@a.test', 250);
      assert.equal(await reload(), 'accepted\n');
      assert.equal(await reloads(), 1, 'without a difference nothing happens');
    },
  );
});
