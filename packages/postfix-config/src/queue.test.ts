// Mail that Postfix has taken arrives, whatever is stopped or killed meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { waitFor } from '@freehold/testing/wait-for';
import { startMail, type TestMail } from './test-mail.ts';

const forwards = { 'info@a.test': ['one@else.test'] };

/** Sends numbered messages one after the other until `stop`; gives those that Postfix said it has taken. */
function keepSending(mail: TestMail) {
  const taken: string[] = [];
  let running = true;
  const ended = (async () => {
    for (let count = 0; running; count++) {
      const name = `number-${count}.`;
      const answer = await mail.send('info@a.test', `Subject: ${name}\r\n\r\nx\r\n`).catch(String);
      if (answer.startsWith('250 ')) taken.push(name);
    }
  })();
  return {
    taken,
    async stop() {
      running = false;
      await ended;
    },
  };
}

const arrived = (mail: TestMail) =>
  new Set(
    mail.receiver.mails.flatMap(({ data }) => /^Subject: (number-\d+\.)/m.exec(data.toString())?.[1] ?? []),
  );

async function assertAllArrive(mail: TestMail, taken: readonly string[]): Promise<void> {
  assert.ok(taken.length > 0);
  await waitFor('all to arrive', () => taken.every((name) => arrived(mail).has(name)), { withinMs: 60_000 });
  await waitFor('the queue to be empty', async () =>
    /is empty/.test(await mail.postfix.exec('postqueue', '-p')),
  );
}

test(
  'a target that is down for a while gets its mail after, and so does one that says: later',
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
    await waitFor('it to be put off', async () => (await mail.postfix.logs()).includes('greylisted'));
    mail.receiver.answers.clear();
    await assertAllArrive(mail, ['number-9.']);
  },
);

test('what waits is tried at once when an operator says so', withPostfix, async () => {
  await using mail = await startMail({
    forwards,
    settings: ['minimal_backoff_time = 1h', 'queue_run_delay = 1h'],
  });
  await mail.receiver.close();
  assert.match(await mail.send('info@a.test'), /^250 /);
  await waitFor('it to be put off', async () => (await mail.postfix.logs()).includes('status=deferred'));
  await mail.receiver.open();
  await mail.postfix.exec('postqueue', '-f');
  await mail.received('one@else.test');
});

test(
  'Postfix is killed and started again under load, three times: what it has taken arrives',
  withPostfix,
  async (context) => {
    await using mail = await startMail({ forwards });
    const sending = keepSending(mail);
    for (let round = 0; round < 3; round++) {
      const before = sending.taken.length;
      await waitFor('some messages', () => sending.taken.length > before + 15);
      await mail.postfix.stop('SIGKILL');
      await mail.postfix.start();
    }
    await sending.stop();
    await assertAllArrive(mail, sending.taken);
    context.diagnostic(`${sending.taken.length} taken, ${mail.receiver.mails.length} arrived`);
  },
);

test(
  'Postfix that is stopped with mail in its queue, as when the host restarts, delivers it when it is back',
  withPostfix,
  async () => {
    await using mail = await startMail({ forwards });
    await mail.receiver.close();
    for (let count = 0; count < 5; count++) {
      assert.match(await mail.send('info@a.test', `Subject: number-${count}.\r\n\r\n`), /^250 /);
    }
    const asked = performance.now();
    await mail.postfix.stop();
    assert.ok(performance.now() - asked < 5000, 'it stops when it is told to');
    await mail.receiver.open();
    await mail.postfix.start();
    await assertAllArrive(mail, ['number-0.', 'number-1.', 'number-2.', 'number-3.', 'number-4.']);
  },
);

test(
  'postfix-config is killed again and again while forwards change: mail flows, and the last state is in force',
  withPostfix,
  async () => {
    await using mail = await startMail({ forwards });
    const sending = keepSending(mail);
    for (let round = 0; round < 6; round++) {
      const config = mail.config();
      await waitFor('it to start', () => config.output().includes('Started'));
      await mail.put(`round${round}@a.test`, 'two@else.test');
      if (round % 2 === 0) await mail.untilAnswered(`round${round}@a.test`, 250);
      await config.stop('SIGKILL');
    }
    mail.config();
    await mail.untilAnswered('round5@a.test', 250);
    await sending.stop();
    await assertAllArrive(mail, sending.taken);
  },
);

test('a daemon of Postfix or postsrsd that is killed is started again by itself', withPostfix, async () => {
  await using mail = await startMail({ forwards });
  for (const program of ['qmgr', 'trivial-rewrite', 'smtpd', 'postsrsd', 'socat']) {
    await mail.send('info@a.test');
    await mail.postfix.exec(
      'sh',
      '-c',
      // postsrsd's children come and go: one that has ended meanwhile is no fault, but one at least is to be killed.
      `killed=; for pid in $(grep -l "^Name:.${program.slice(0, 15)}$" /proc/[0-9]*/status | cut -d/ -f3); do
        if kill -9 "$pid" 2>/dev/null; then killed=yes; fi
      done; [ -n "$killed" ]`,
    );
    await waitFor(`mail to be taken without the ${program} of before`, async () =>
      (await mail.send('info@a.test', `Subject: number-${program.length}.\r\n\r\n`).catch(String)).startsWith(
        '250',
      ),
    );
    await mail.put(`${program}@a.test`, 'x@else.test');
    await mail.untilAnswered(`${program}@a.test`, 250);
  }
});
