// Mail that Postfix has accepted arrives, whatever is stopped or killed in the meantime.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { waitFor } from '@freehold/testing/wait-for';
import { assertAllArrive, forwards, killPostfix, killPostfixConfig } from './queue-under-test.ts';
import { startMail } from './test-mail.ts';

describe('a queue', { concurrency: 3 }, () => {
  test(
    'a target that is down for a while gets its mail afterwards, and so does one that answers with a temporary error',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards });
      await mail.receiver.close();
      for (let count = 0; count < 5; count++) {
        assert.match(await mail.send('info@a.test', `Subject: number-${count}.\r\n\r\n`), /^250 /);
      }
      await waitFor('Postfix to have tried', async () =>
        (await mail.postfix.logs()).includes('status=deferred'),
      );
      await mail.receiver.open();
      await assertAllArrive(mail, ['number-0.', 'number-4.']);
      mail.receiver.answers.set('one@else.test', '451 4.7.1 greylisted');
      assert.match(await mail.send('info@a.test', 'Subject: number-9.\r\n\r\n'), /^250 /);
      await waitFor('it to be deferred', async () => (await mail.postfix.logs()).includes('greylisted'));
      mail.receiver.answers.clear();
      await assertAllArrive(mail, ['number-9.']);
    },
  );

  test('waiting mail is tried immediately when an operator requests it', withPostfix, async () => {
    await using mail = await startMail({
      forwards,
      settings: ['minimal_backoff_time = 1h', 'queue_run_delay = 1h'],
    });
    await mail.receiver.close();
    assert.match(await mail.send('info@a.test'), /^250 /);
    await waitFor('it to be deferred', async () => (await mail.postfix.logs()).includes('status=deferred'));
    await mail.receiver.open();
    await mail.postfix.exec('postqueue', '-f');
    await mail.received('one@else.test');
  });

  test(
    'Postfix is killed and restarted under load: all accepted mail arrives',
    withPostfix,
    async (context) => context.diagnostic(await killPostfix(1)),
  );

  test(
    'a Postfix that is stopped with mail in its queue, as when the host restarts, delivers it after its start',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards });
      await mail.receiver.close();
      for (let count = 0; count < 5; count++) {
        assert.match(await mail.send('info@a.test', `Subject: number-${count}.\r\n\r\n`), /^250 /);
      }
      assert.notEqual(await mail.postfix.stop(), 137, 'it ends on its own');
      await mail.receiver.open();
      await mail.postfix.start();
      await assertAllArrive(mail, ['number-0.', 'number-1.', 'number-2.', 'number-3.', 'number-4.']);
    },
  );

  test(
    'postfix-config is killed while forwards change: mail flows, and the final state is applied',
    withPostfix,
    () => killPostfixConfig(2),
  );

  test('a killed daemon of Postfix or postsrsd is restarted automatically', withPostfix, async () => {
    await using mail = await startMail({ forwards });
    for (const program of ['qmgr', 'trivial-rewrite', 'smtpd', 'postsrsd', 'socat']) {
      await mail.send('info@a.test');
      await mail.postfix.exec(
        'sh',
        '-c',
        // postsrsd's children come and go: one that has ended in the meantime is no failure, but at least one
        // must be killed.
        `killed=; for pid in $(grep -l "^Name:.${program.slice(0, 15)}$" /proc/[0-9]*/status | cut -d/ -f3); do
          if kill -9 "$pid" 2>/dev/null; then killed=yes; fi
        done; [ -n "$killed" ]`,
      );
      await waitFor(`mail to be accepted by a new ${program}`, async () =>
        (
          await mail.send('info@a.test', `Subject: number-${program.length}.\r\n\r\n`).catch(String)
        ).startsWith('250'),
      );
      await mail.put(`${program}@a.test`, 'x@else.test');
      await mail.untilAnswered(`${program}@a.test`, 250);
    }
  });
});
