// Asks an address as a CA does (RFC 8555 section 8.3), for a token of our own.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { reasonOf } from '@freehold/core/error';
import type { Answer } from './judge-name.ts';

const withinMs = 10_000;
const maxRedirects = 5;
const maxBytes = 4096;
/** The host has no address of that kind, or no route. */
const noRoute: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/**
 * Fetches a token's path on the port of one address, by a name. Redirects to the same name are followed to the same
 * address, as a CA follows them: a proxy in front may redirect to https.
 */
export async function probeAddress(options: {
  name: string;
  address: string;
  port: number;
  token: string;
  thumbprint: string;
  signal: AbortSignal;
}): Promise<Answer> {
  const { name, address, port, token, thumbprint, signal } = options;
  let url = new URL(`http://${name}:${port}/.well-known/acme-challenge/${token}`);
  try {
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const { status, location, body } = await get(url, address, signal);
      if (body.trim() === `${token}.${thumbprint}` && status === 200) return { kind: 'ours' };
      if (status < 300 || status > 399 || !location) return { kind: 'other', what: describe(status, body) };
      url = new URL(location, url);
      if (url.hostname !== name) return { kind: 'other', what: `redirects to ${url.hostname}` };
    }
    return { kind: 'other', what: 'redirects without end' };
  } catch (error) {
    signal.throwIfAborted();
    if (noRoute.has((error as NodeJS.ErrnoException).code ?? '')) return { kind: 'noRoute' };
    return { kind: 'none', why: `does not answer (${reasonOf(error)})` };
  }
}

function describe(status: number, body: string): string {
  return status === 200 && body.includes('.') && body.length < 200
    ? 'answers for another account'
    : `answers ${status}`;
}

async function get(url: URL, address: string, signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const https = url.protocol === 'https:';
  const call = (https ? requestHttps : requestHttp)({
    host: address,
    port: url.port || (https ? 443 : 80),
    path: url.pathname + url.search,
    headers: { host: url.host, 'user-agent': 'freehold acme' },
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
    // A CA does not look at this certificate either.
    ...(https && { servername: url.hostname, rejectUnauthorized: false }),
  });
  call.on('response', resolve).on('error', reject).end();
  const answer = await promise;
  let body = '';
  for await (const chunk of answer) {
    body += chunk;
    if (body.length > maxBytes) break;
  }
  return { status: answer.statusCode ?? 0, location: answer.headers.location, body };
}
