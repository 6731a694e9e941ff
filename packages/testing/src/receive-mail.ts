// A mail server that stores received messages, as a separate program, for a network namespace other than the
// test's. Ends on SIGTERM. Each message becomes a line in FILE (see `mailOf`) before its sender gets the
// confirmation; ANSWERS lists the recipients that get an answer other than `250`.
//   node receive-mail.ts 198.18.250.2 /mails/mails.jsonl '{"gone@a.test":"550 5.1.1 no such user"}'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type ReceivedMail, startSmtpReceiver } from './smtp-receiver.ts';

/** A line of the file, without types that JSON lacks. */
export function lineOf({ from, to, data }: ReceivedMail): string {
  return `${JSON.stringify({ from, to, data: data.toString('base64') })}\n`;
}

/** The message that `lineOf` encoded. */
export function mailOf(line: string): ReceivedMail {
  const { from, to, data } = JSON.parse(line);
  return { from, to, data: Buffer.from(data, 'base64') };
}

async function main(host: string, file: string, answers: string): Promise<void> {
  const mails = openSync(file, 'a', 0o644);
  const receiver = await startSmtpReceiver({
    host,
    port: 25,
    keep(mail) {
      writeSync(mails, lineOf(mail));
      fsyncSync(mails);
    },
  });
  for (const [recipient, answer] of Object.entries<string>(JSON.parse(answers)))
    receiver.answers.set(recipient, answer);
  process.once('SIGTERM', async () => {
    await receiver.close();
    closeSync(mails);
  });
}

if (import.meta.main) {
  const [, , host = '', file = '', answers = '{}'] = process.argv;
  await main(host, file, answers);
}
