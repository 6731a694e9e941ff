// A mail client as a program of its own, for a namespace of the network that is not the test's: reads from standard
// input what to send (JSON, a list of `Attempt`), each in a connection of its own, and prints the answers (a list of
// strings, in the same order): the last one of each, or the first that was not 2xx or 3xx.
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
