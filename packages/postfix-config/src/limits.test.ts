// The limits on the resources that one stranger, and one message, can use on this host.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { openSmtp, type SmtpClient } from '@freehold/testing/smtp-client';
import { type RunningMail, startMail, type TestMail } from './test-mail.ts';

const forwards = { 'info@a.test': ['one@else.test'] };
const most = 52_428_800;

/** The limits of main.cf, but per hour: a slow machine needs more than a minute to reach them. */
const settings = [
  'smtpd_client_connection_rate_limit = 120',
  'smtpd_client_message_rate_limit = 300',
  'smtpd_client_recipient_rate_limit = 600',
  'anvil_rate_time_unit = 1h',
];

const connect = (mail: TestMail) => openSmtp({ host: mail.postfix.address });

/**
 * Sends one line after the other until one is not answered with 2xx; returns the number of accepted lines,
 * and that answer.
 */
async function countTaken(client: SmtpClient, lines: Iterable<string>) {
  let taken = 0;
  for (const line of lines) {
    const answer = await client.say(line);
    if (!answer.startsWith('2')) return { taken, answer };
    taken++;
  }
  return { taken, answer: '' };
}

function* recipients(count: number) {
  for (let one = 1; one <= count; one++) yield `RCPT TO:<info+${one}@a.test>`;
}

describe('limits', { concurrency: 3 }, () => {
  describe('one message', { ...withPostfix, concurrency: 1 }, () => {
    let mail: RunningMail;
    before(async () => {
      mail = await startMail({ forwards });
    });
    after(() => mail[Symbol.asyncDispose]());

    test('a message may have up to 50 MB, both announced and actual', withPostfix, async () => {
      await using client = await connect(mail);
      assert.match(await client.say('EHLO client.test'), new RegExp(`^250-SIZE ${most}\\r?$`, 'm'));
      assert.match(await client.say(`MAIL FROM:<alice@sender.test> SIZE=${most + 1}`), /^552 5\.3\.4 /);
      await client.mustSay(`MAIL FROM:<alice@sender.test> SIZE=${most}`);
      const line = `${'x'.repeat(1022)}\r\n`;
      assert.match(
        await mail.send('info@a.test', `Subject: big\r\n\r\n${line.repeat(most / 1024)}`),
        /^552 5\.3\.4 /,
      );
      assert.equal(mail.receiver.mails.length, 0);
    });

    test(
      'one message may have 100 recipients, and one client 20 connections at once',
      withPostfix,
      async () => {
        const clients: SmtpClient[] = [];
        try {
          for (let count = 0; count < 22; count++) clients.push(await connect(mail));
          const answers = await Promise.all(clients.map((client) => client.say('EHLO client.test')));
          assert.equal(answers.filter((answer) => answer.startsWith('250')).length, 20, answers.join('; '));
          const [first] = clients;
          assert.ok(first);
          await first.mustSay('MAIL FROM:<alice@sender.test>');
          const { taken, answer } = await countTaken(first, recipients(101));
          assert.equal(taken, 100);
          assert.match(answer, /^452 4\.5\.3 /);
        } finally {
          for (const client of clients) await client[Symbol.asyncDispose]();
        }
      },
    );
  });

  test('a stranger may send 300 messages a minute', withPostfix, async () => {
    await using mail = await startMail({ forwards, settings });
    let all = 0;
    // This many per connection, since restarting a message counts as an aborted one.
    for (let count = 0; count < 31; count++) {
      await using client = await connect(mail);
      const lines = ['EHLO client.test', ...Array(10).fill(['MAIL FROM:<alice@sender.test>', 'RSET']).flat()];
      const { taken, answer } = await countTaken(client, lines);
      all += Math.floor(taken / 2);
      if (answer === '') continue;
      assert.match(answer, /^450 4\.7\.1 .*too much mail/);
      break;
    }
    assert.equal(all, 300);
  });

  test('a stranger may use 600 recipients and 120 connections a minute', withPostfix, async () => {
    await using mail = await startMail({ forwards, settings });
    let [all, connections] = [0, 0];
    for (const count of [100, 100, 100, 100, 100, 100, 1]) {
      await using client = await connect(mail);
      connections++;
      await client.mustSay('EHLO client.test', 'MAIL FROM:<alice@sender.test>');
      const { taken, answer } = await countTaken(client, recipients(count));
      all += taken;
      if (count === 1) assert.match(answer, /^450 4\.7\.1 .*too many recipients/);
    }
    assert.equal(all, 600);
    for (; connections < 130; connections++) {
      await using client = await connect(mail);
      if (!(await client.say('EHLO client.test')).startsWith('250')) break;
    }
    // The connections with which the test waited for Postfix count, too.
    assert.ok(connections > 110 && connections <= 120, `${connections} connections`);
  });
});
