// `--hook`: reads one HTTP request from standard input, writes one response to standard output, and exits.
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

/** GitHub's own limit. https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const maxBytes = 25 * 1024 * 1024;
/** The time limit, in milliseconds, after which the program exits whatever the client does. */
const deadlineMs = 8000;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
}

export async function answerHook({ log, signal }: Program, settings: Settings): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  // Node accepts its own streams here too, although its types do not state it.
  const streams = { readable: process.stdin, writable: process.stdout } as unknown;
  const connection = Duplex.from(streams as ReadableWritablePair);
  const server = createServer({ keepAlive: false }, (request, response) => {
    void judge(request, { settings, log })
      .catch((error): Answer => {
        log.error(`Cannot answer a webhook: ${reasonOf(error)}`);
        return { status: 500, text: 'An error occurred on this host; see its journal.' };
      })
      .then((answer) => send(response, answer));
  });
  server.emit('connection', connection);
  try {
    // Does not wait for a client that keeps its side open.
    await finished(connection, { readable: false, signal: deadline });
  } catch (error) {
    signal.throwIfAborted();
    log.info(`A webhook call ended before it was answered: ${reasonOf(error)}`);
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
  // Always reads to the end: a client that is still sending might miss an early response.
  const isWhole = await readBody(request, (chunk) => verifier?.update(chunk));
  // Without a secret there is no webhook, whatever the request.
  if (!domain || !secret) return { status: 404, text: 'Not found.' };
  if (request.method !== 'POST') {
    return { status: 405, text: 'Only POST is allowed.', headers: { Allow: 'POST' } };
  }
  if (!isWhole) return { status: 413, text: `The body is longer than the limit of ${maxBytes} bytes.` };
  const form = verifier?.verify();
  if (form === undefined) {
    log.notice(`Refused a webhook call for ${domain}: it has no valid signature.`);
    return {
      status: 401,
      text: "The signature is missing, or was not made with this site's secret.",
    };
  }
  if (isPing(request)) return { status: 200, text: 'The secret is correct.' };
  await writeFile(join(settings.pullRequests, domain), '');
  log.info(`${form} reports a change in the repository of ${domain}; requesting a pull.`);
  return { status: 202, text: `A pull of ${domain} was requested.` };
}

/**
 * A test call that a git host sends when a webhook is set up. Bitbucket Data Center may send it unsigned,
 * which is refused.
 */
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

/** Reads a body without keeping it. Returns false if it is too long, without reading the rest. */
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
