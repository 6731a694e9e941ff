// For tests: mail is sent continuously while something is killed. Every message that Postfix has accepted
// arrives.
import assert from 'node:assert/strict';
import { waitFor } from '@freehold/testing/wait-for';
import { startMail, type TestMail } from './test-mail.ts';

export const forwards = { 'info@a.test': ['one@else.test'] };

/** Sends numbered messages one after the other until `stop`; returns those that Postfix has accepted. */
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

export async function assertAllArrive(mail: TestMail, taken: readonly string[]): Promise<void> {
  assert.ok(taken.length > 0);
  await waitFor('all to arrive', () => taken.every((name) => arrived(mail).has(name)));
  await waitFor('the queue to be empty', async () =>
    /is empty/.test(await mail.postfix.exec('postqueue', '-p')),
  );
}

/** Kills Postfix this many times; returns the number of accepted messages. */
export async function killPostfix(rounds: number): Promise<string> {
  await using mail = await startMail({ forwards });
  const sending = keepSending(mail);
  for (let round = 0; round < rounds; round++) {
    const before = sending.taken.length;
    await waitFor('some messages', () => sending.taken.length > before + 15);
    await mail.postfix.stop('SIGKILL');
    await mail.postfix.start();
  }
  await sending.stop();
  await assertAllArrive(mail, sending.taken);
  return `${sending.taken.length} taken, ${mail.receiver.mails.length} arrived`;
}

/** Kills postfix-config this many times while forwards change: mail flows, and the final state is applied. */
export async function killPostfixConfig(rounds: number): Promise<void> {
  await using mail = await startMail({ forwards });
  const sending = keepSending(mail);
  for (let round = 0; round < rounds; round++) {
    const config = mail.config();
    await waitFor('it to start', () => config.output().includes('Started'));
    await mail.put(`round${round}@a.test`, 'two@else.test');
    if (round % 2 === 0) await mail.untilAnswered(`round${round}@a.test`, 250);
    await config.stop('SIGKILL');
  }
  mail.config();
  await mail.untilAnswered(`round${rounds - 1}@a.test`, 250);
  await sending.stop();
  await assertAllArrive(mail, sending.taken);
}
