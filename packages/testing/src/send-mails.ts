// A mail client as a separate program, for a network namespace other than the test's: reads the mails to send
// from standard input (JSON, a list of `Attempt`), sends each in a separate connection, and prints the
// answers (a list of strings, in the same order): the last answer of each, or the first that was not 2xx or
// 3xx.
//   node send-mails.ts 172.30.0.1 587 </tmp/attempts.json
import { json } from 'node:stream/consumers';
import { sendMail } from './smtp-client.ts';

/** One message: the bytes of `data` are those of the text in latin1. */
export interface Attempt {
  readonly from: string;
  readonly to: readonly string[];
  readonly data: string;
}

async function main(host: string, port: number): Promise<void> {
  const answers: string[] = [];
  for (const { from, to, data } of (await json(process.stdin)) as Attempt[]) {
    const bytes = Buffer.from(data, 'latin1');
    answers.push(await sendMail({ host, port }, { from, to, data: bytes }).catch(String));
  }
  process.stdout.write(JSON.stringify(answers));
}

if (import.meta.main) await main(process.argv[2] ?? '127.0.0.1', Number(process.argv[3] ?? 25));
