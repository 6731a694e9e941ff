// Attempts by strangers to relay mail through this host, and to hide a second message in a first one.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { falseEnds, relayAttempts, smuggle, victim } from '@freehold/testing/relay-attempts';
import { openSmtp } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { type RunningMail, startMail, type TestMail, thisHost } from './test-mail.ts';

describe('strangers', withPostfix, () => {
  let mail: RunningMail;
  before(async () => {
    mail = await startMail({
      forwards: { 'info@a.test': ['one@else.test'], 'one-more@a.test': ['two@else.test'] },
    });
  });
  beforeEach(() => mail.reset());
  after(() => mail[Symbol.asyncDispose]());

  test(
    'nothing is relayed elsewhere, however the address is written and whatever the sender claims',
    withPostfix,
    async (context) => {
      const { address, gateway: neighbour } = mail.postfix;
      const all = relayAttempts({ host: thisHost, domain: 'a.test', address, neighbour });
      for (const [from, to] of all) {
        const answer = await mail.send(to, 'Subject: spam\r\n\r\nspam\r\n', from);
        assert.match(answer, /^5\d\d /, `MAIL FROM:<${from}> RCPT TO:<${to}> got ${answer}`);
      }
      context.diagnostic(`${all.length} attempts`);
      assert.ok(all.length >= 30);
      await assertOnlyProof(mail);
    },
  );

  test(
    'a client that claims to be another one, or to have privileges, gains none',
    withPostfix,
    async (context) => {
      const firsts = [
        'XCLIENT ADDR=127.0.0.1 NAME=localhost LOGIN=admin',
        'XFORWARD ADDR=127.0.0.1 NAME=localhost SOURCE=LOCAL',
        'AUTH PLAIN AGEAYg==',
        'AUTH LOGIN',
        'ETRN elsewhere.test',
        'VRFY info@a.test',
        'EXPN info',
        'TURN',
        'BDAT 4 LAST',
      ];
      for (const first of firsts) {
        await using client = await openSmtp({ host: mail.postfix.address });
        const ehlo = await client.say('EHLO [127.0.0.1]');
        assert.doesNotMatch(ehlo, /XCLIENT|XFORWARD|AUTH|ETRN|CHUNKING|DSN|VRFY/);
        assert.match(await client.say(first), /^5\d\d /, first);
        const from = await client.say('MAIL FROM:<alice@sender.test>');
        context.diagnostic(`${first}: then ${from}`);
        if (from === 'closed') continue;
        assert.match(from, /^250 /, first);
        assert.match(await client.say(`RCPT TO:<${victim}>`), /^554 /, first);
      }
      await assertOnlyProof(mail);
    },
  );

  test('a client that does not wait for its answers is disconnected', withPostfix, async () => {
    await using early = await openSmtp({ host: mail.postfix.address });
    early.write(
      `HELO x\r\nMAIL FROM:<a@sender.test>\r\nRCPT TO:<info@a.test>\r\nDATA\r\nSubject: early\r\n\r\n.\r\n`,
    );
    const answers: string[] = [];
    for (let answer = ''; answer !== 'closed' && !answer.startsWith('5') && answers.length < 6; ) {
      answer = await early.answer();
      answers.push(answer);
    }
    assert.match(
      answers.at(-1) ?? '',
      /^554 5\.5\.0 Error: SMTP protocol synchronization/,
      answers.join('; '),
    );
    await assertOnlyProof(mail);
  });

  test(
    'only <CR><LF>.<CR><LF> ends a message here, and no sequence is passed on that might end one elsewhere',
    withPostfix,
    async () => {
      let taken = 0;
      for (const [name, end] of Object.entries(falseEnds)) {
        const answer = await mail.send('info@a.test', smuggle(end, 'one-more@a.test'));
        if (/^5/.test(answer)) continue;
        assert.match(answer, /^250 /, name);
        taken++;
        await untilAllSent(mail);
        assert.equal(mail.receiver.mails.length, taken, name);
        const text = mail.receiver.mails.at(-1)?.data.toString('latin1') ?? '';
        assert.match(text, /smuggled/, `${name}: the text after it is part of the first message`);
        assert.equal(
          text.replaceAll('\r\n', '').search(/[\r\n]/),
          -1,
          `${name}: no bare <CR> or <LF> is sent out`,
        );
      }
      await assertOnlyProof(mail, taken);
    },
  );
});

/**
 * A message that is sent afterwards arrives, and since the start of the test nothing else was sent to anyone,
 * except the `taken` known messages.
 */
async function assertOnlyProof(mail: TestMail, taken = 0): Promise<void> {
  assert.match(await mail.send('info@a.test', 'Subject: proof\r\n\r\nproof\r\n'), /^250 /);
  await untilAllSent(mail);
  const { mails } = mail.receiver;
  assert.equal(mails.length, taken + 1, mails.map(({ to, data }) => `${to}: ${data}`).join('\n'));
  assert.ok(mails.every(({ to }) => to.join() === 'one@else.test'));
  assert.match(mails.at(-1)?.data.toString() ?? '', /^Subject: proof\r$/m);
}

/**
 * All accepted mail has been sent by then, including any that should not have been: nothing waits any more.
 */
async function untilAllSent(mail: TestMail): Promise<void> {
  await waitFor('the queue to be empty', async () =>
    /Mail queue is empty/.test(await mail.postfix.exec('postqueue', '-p')),
  );
}
