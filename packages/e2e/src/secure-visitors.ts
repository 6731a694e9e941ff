// Visitors of a site over https, each with a separate connection, who accept only the site's certificate.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { makeCertificate } from '@freehold/testing/certificate';
import { addressOf, fromControlMachine, type Server } from './servers.ts';

const everyMs = 50;

/** For `await using`, so that they end even if the test fails. */
export interface SecureVisitors extends AsyncDisposable {
  /** Ends the stream; returns the number of served visitors. Throws if one was not served. */
  stop(): Promise<{ served: number }>;
}

/** Gives a site of that server a certificate, and visits it about twenty times a second. */
export async function startSecureVisitors(server: Server, domain: string): Promise<SecureVisitors> {
  const { certificate, key } = await makeCertificate([domain, `www.${domain}`]);
  const file = `/tmp/${domain}.pem`;
  await fromControlMachine(
    `printf %s "$1" >${file}; ./approve-certs.sh ${server} ${file}; rm ${file}`,
    certificate + key,
  );
  const host = await addressOf(server);
  const end = new AbortController();
  const under: Promise<string>[] = [];
  const sent = (async () => {
    for (; !end.signal.aborted; await delay(everyMs)) under.push(visit(host, domain, certificate));
  })();
  const stop = async () => {
    end.abort();
    await sent;
    const answers = await Promise.all(under);
    assert.ok(answers.length > 0);
    assert.deepEqual([...new Set(answers)], ['200']);
    return { served: answers.length };
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      end.abort();
      await sent;
    },
  };
}

/** The status of the answer, or the reason why there is none. */
async function visit(host: string, domain: string, ca: string): Promise<string> {
  const begun = Date.now();
  try {
    const asked = request({
      ...{ host, servername: domain, ca, agent: false, headers: { host: domain } },
      signal: AbortSignal.timeout(120_000),
    }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    for await (const _ of answer);
    return String(answer.statusCode);
  } catch (error) {
    return `${error}, ${Date.now() - begun} ms after it began`;
  }
}
