// A steady stream of mail to a server, from senders that retry as real ones do, and a check that all of it is
// kept.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { sendMail } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { addressOf, onServer, type Server } from './servers.ts';

const everyMs = 500;
/** The number of attempts of a sender: generous, since real ones try for days. */
const tries = 60;
/** The time between two attempts, in milliseconds. */
const againMs = 3000;

/** For `await using`, so that it ends even if the test fails; the server is then restored. */
export interface SteadyMail extends AsyncDisposable {
  /**
   * Stops sending; returns the number of accepted messages, and of those that were not accepted at the first
   * attempt. Throws if one was refused, or was accepted and is missing.
   */
  stop(): Promise<{ taken: number; atLaterTry: number }>;
}

/** Adds a forward to a server whose mail stays in the queue, to be counted there, and returns its address. */
export async function holdMail(server: Server): Promise<string> {
  const to = 'info@deployed.test';
  await onServer(
    server,
    `echo 'defer_transports = smtp' >/data/runtime/postfix/main.cf.local
     /opt/freehold/scripts/mail.sh add "$1" me@elsewhere.test; systemctl reload postfix`,
    to,
  );
  const host = await addressOf(server);
  const isTaken = async () => isGood(await attempt(host, to, 'the first'));
  await waitFor('the forward', isTaken);
  return to;
}

/** Two messages a second, each with three attempts within ten seconds. */
export async function startSteadyMail(server: Server, to: string): Promise<SteadyMail> {
  const host = await addressOf(server);
  const end = new AbortController();
  const under: Promise<string[]>[] = [];
  const sent = (async () => {
    for (; !end.signal.aborted; await delay(everyMs)) under.push(send(host, to, `number ${under.length}`));
  })();
  return {
    async stop() {
      end.abort();
      await sent;
      const answers = await Promise.all(under);
      assert.ok(answers.length > 0);
      for (const [number, all] of answers.entries()) assert.ok(isGood(all.at(-1)), `${number}: ${all}`);
      const queue = await onServer(server, 'docker exec postfix postqueue -j');
      const lost = answers.map((all) => queueId(all.at(-1))).filter((id) => !queue.includes(`"${id}"`));
      assert.deepEqual(lost, [], 'these were accepted and are not in the queue');
      return { taken: answers.length, atLaterTry: answers.filter((all) => all.length > 1).length };
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await sent;
      await onServer(
        server,
        `docker exec postfix postsuper -d ALL >/dev/null 2>&1; rm -f /data/runtime/postfix/main.cf.local
         /opt/freehold/scripts/mail.sh remove "$1"; systemctl reload postfix`,
        to,
      );
    },
  };
}

/** The answers to a message, up to the first final one. */
async function send(host: string, to: string, words: string): Promise<string[]> {
  const answers: string[] = [];
  while (answers.length < tries) {
    if (answers.length > 0) await delay(againMs);
    const answer = await attempt(host, to, words);
    answers.push(answer);
    if (/^[25]/.test(answer)) break;
  }
  return answers;
}

const attempt = (host: string, to: string, words: string): Promise<string> =>
  sendMail({ host }, { from: 'alice@sender.test', to: [to], data: `Subject: ${words}\r\n\r\nx\r\n` }).catch(
    String,
  );

const isGood = (answer = '') => answer.startsWith('250 ');

const queueId = (answer = ''): string => /queued as (\w+)/.exec(answer)?.[1] ?? answer;
