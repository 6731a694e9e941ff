// Sends requests to the edge as a visitor does, from outside the host.
import { type IncomingHttpHeaders, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { waitFor } from '@freehold/testing/wait-for';
import { httpPort, httpsPort } from './host.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** SHA-256 of the certificate that was presented, in hexadecimal with colons. */
  readonly fingerprint?: string | undefined;
}

/** A slower answer counts as none, in milliseconds. HAProxy gives up on a vanished container after 3 s. */
const patienceMs = 120_000;

/** Fetches a page by host name, over a new connection each time. */
export function fetchPage(
  name: string,
  options: { tls?: boolean; path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { tls = false, path = '/', headers = {} } = options;
  const common: RequestOptions = {
    host: '127.0.0.1',
    path,
    headers: { host: name, ...headers },
    agent: false,
    signal: AbortSignal.timeout(patienceMs),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = tls
    ? requestHttps({ ...common, port: httpsPort, servername: name, rejectUnauthorized: false })
    : requestHttp({ ...common, port: httpPort });
  call.on('error', reject).on('response', async (answer) => {
    try {
      const fingerprint = tls ? (answer.socket as TLSSocket).getPeerCertificate().fingerprint256 : undefined;
      const body = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, fingerprint });
    } catch (error) {
      reject(error);
    }
  });
  call.end();
  return promise;
}

/** Waits until a name is answered with a status. */
export async function untilStatus(name: string, status: number): Promise<Answer> {
  return waitFor(`${name} to be answered with ${status}`, async () => {
    const answer = await fetchPage(name);
    if (answer.status !== status) throw new Error(`the answer has status ${answer.status}`);
    return answer;
  });
}
