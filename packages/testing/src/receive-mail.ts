// A mail server that keeps what it is given, and the DNS server that leads to it, as a program of its own: for a
// namespace of the network that is not the test's. With one argument of JSON (see `Place`); ends with SIGTERM.
//   node receive-mail.ts '{"address":"198.18.250.2","file":"/mails/mails.jsonl","zone":{"a.test":{"MX":"mx.a.test"}}}'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { startDnsServer, type Zone } from './dns-server.ts';
import { type ReceivedMail, startSmtpReceiver } from './smtp-receiver.ts';

export interface Place {
  /** Where both servers listen, at ports 53 and 25. */
  readonly address: string;
  /** Each message becomes a line of JSON in it (see mailOf), before its sender reads that it was taken. */
  readonly file: string;
  readonly zone: Zone;
  /** What a recipient is answered with in place of `250`. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** A line of the file, without what JSON has no type for. */
export function lineOf({ from, to, data }: ReceivedMail): string {
  return `${JSON.stringify({ from, to, data: data.toString('base64') })}\n`;
}

/** What `lineOf` was made from. */
export function mailOf(line: string): ReceivedMail {
  const { from, to, data } = JSON.parse(line);
  return { from, to, data: Buffer.from(data, 'base64') };
}

async function main({ address, file, zone, answers = {} }: Place): Promise<void> {
  const mails = openSync(file, 'a', 0o644);
  const receiver = await startSmtpReceiver({
    host: address,
    port: 25,
    keep(mail) {
      writeSync(mails, lineOf(mail));
      fsyncSync(mails);
    },
  });
  for (const [recipient, answer] of Object.entries(answers)) receiver.answers.set(recipient, answer);
  const names = await startDnsServer(address, zone);
  process.once('SIGTERM', async () => {
    await receiver[Symbol.asyncDispose]();
    await names[Symbol.asyncDispose]();
    closeSync(mails);
  });
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? ''));
