// Mail that is sent to a host continuously, through failures, and its fate.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { sendMail } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import type { MailTarget } from './mail-target.ts';
import { addressOfHost } from './swaks.ts';

export interface MailLoad {
  /** The words in the subject of each message that Postfix has accepted. */
  readonly taken: string[];
  /** Waits until this many more have been accepted. */
  more(count: number): Promise<void>;
  /** Stops sending. */
  end(): Promise<void>;
}

/** Sends numbered messages one after the other; refused ones are given up. `name` is part of each subject. */
export async function startMailLoad(to: string, name: string): Promise<MailLoad> {
  let host = await addressOfHost();
  const taken: string[] = [];
  const end = new AbortController();
  const sent = (async () => {
    for (let number = 0; !end.signal.aborted; number += 1) {
      const words = `${name} ${number}.`;
      const message = { from: 'alice@sender.test', to: [to], data: `Subject: ${words}\r\n\r\nx\r\n` };
      const answer = await sendMail({ host }, message).catch(String);
      if (answer.startsWith('250 ')) taken.push(words);
      else {
        // Nobody listens: the host is being started, perhaps at another address.
        await delay(50);
        host = await addressOfHost().then((now) => now || host);
      }
    }
  })();
  return {
    taken,
    async more(count) {
      const wanted = taken.length + count;
      await waitFor(`${count} messages to be accepted`, () => taken.length >= wanted);
    },
    async end() {
      end.abort();
      await sent;
    },
  };
}

/** Waits for all accepted messages, and returns how many of them arrived more than once. */
export async function assertAllArrive(target: MailTarget, taken: readonly string[]): Promise<number> {
  assert.ok(taken.length > 0);
  let counts = new Map<string, number>();
  const lost = () => taken.filter((words) => !counts.has(words));
  // Does not wait until the queue is empty: messages that a killed Postfix has delivered may stay there for
  // another minute.
  await waitFor('all to arrive', async () => {
    counts = await countSubjects(target);
    return lost().length === 0;
  }).catch(() => assert.deepEqual(lost(), [], 'these were accepted and did not arrive'));
  return taken.filter((words) => (counts.get(words) ?? 0) > 1).length;
}

async function countSubjects(target: MailTarget): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { data } of await target.mails()) {
    const words = /^Subject: (.*)\r$/m.exec(data.toString('latin1'))?.[1] ?? '';
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return counts;
}
