// `--hook`: one HTTP request on standard input, one answer on standard output, and the end.
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ReadableWritablePair } from 'node:stream/web';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import type { Program } from '@freehold/core/run-main';
import { layoutOf } from './layout.ts';
import type { Settings } from './settings.ts';
import { makeVerifier } from './verify-signature.ts';
import { findWebhookSecret } from './webhook-secret.ts';

/** GitHub sends no more than that. https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const maxBytes = 25 * 1024 * 1024;
/** Whatever the client does or does not do, the program ends after so long, in milliseconds. */
const deadlineMs = 8000;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
}

export async function answerHook({ log, signal }: Program, settings: Settings): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  // Node takes its own streams here too, which its types do not say.
  const streams = { readable: process.stdin, writable: process.stdout } as unknown;
  const connection = Duplex.from(streams as ReadableWritablePair);
  const server = createServer({ keepAlive: false }, (request, response) => {
    void judge(request, { settings, log })
      .catch((error): Answer => {
        log.error(`A webhook could not be answered: ${reasonOf(error)}`);
        return { status: 500, text: 'Something is wrong on this host; its journal says what.' };
      })
      .then((answer) => send(response, answer));
  });
  server.emit('connection', connection);
  try {
    // A client that keeps its side open is not waited for.
    await finished(connection, { readable: false, signal: deadline });
  } catch (error) {
    signal.throwIfAborted();
    log.info(`A webhook ended before it was answered: ${reasonOf(error)}`);
  }
}

function send(response: ServerResponse, { status, text, headers }: Answer): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    Connection: 'close',
  });
  response.end(`${text}\n`);
}

async function judge(
  request: IncomingMessage,
  { settings, log }: { settings: Settings; log: Log },
): Promise<Answer> {
  const domain = domainOf(request.headers.host);
  const secret = domain && (await findWebhookSecret(layoutOf(settings.data, domain), log.warning));
  const verifier = secret && makeVerifier(request.headers, secret);
  // To its end in any case: a client that is still sending might not see an answer that comes before.
  const isWhole = await readBody(request, (chunk) => verifier?.update(chunk));
  // Without a secret nothing is here, whatever is asked and how.
  if (!domain || !secret) return { status: 404, text: 'There is nothing here.' };
  if (request.method !== 'POST') {
    return { status: 405, text: 'Only POST is answered here.', headers: { Allow: 'POST' } };
  }
  if (!isWhole) return { status: 413, text: `More than ${maxBytes} bytes are not read.` };
  const form = verifier?.verify();
  if (form === undefined) {
    log.notice(`A webhook of ${domain} was refused: it has no good signature.`);
    return {
      status: 401,
      text: 'The signature is missing, or it was not made with the secret of this site.',
    };
  }
  if (isPing(request)) return { status: 200, text: 'The secret is the right one.' };
  await writeFile(join(settings.pullRequests, domain), '');
  log.info(`${form} says that the repository of ${domain} has changed: a pull is asked for.`);
  return { status: 202, text: `${domain} is pulled now.` };
}

/** A test that a git host sends when a webhook is set up. Bitbucket Data Center may send it unsigned: that is refused. */
function isPing({ headers }: IncomingMessage): boolean {
  return headers['x-github-event'] === 'ping' || headers['x-event-key'] === 'diagnostics:ping';
}

function domainOf(host: string | undefined): Domain | undefined {
  try {
    return parseCanonicalDomain((host ?? '').toLowerCase().replace(/:\d+$/, ''));
  } catch {
    return undefined;
  }
}

/** Reads a body without keeping it. False if it is too long, and then the rest is not read. */
async function readBody(request: IncomingMessage, onChunk: (chunk: Buffer) => void): Promise<boolean> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return false;
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBytes) return false;
    onChunk(chunk);
  }
  return true;
}
