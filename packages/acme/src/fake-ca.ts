// A server for tests that answers a CA's client with whatever a test wants, in place of what a CA would.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

export interface FakeCa extends AsyncDisposable {
  /** Settings of acme that lead here. */
  readonly env: Readonly<Record<string, string>>;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** What was sent to these paths: the payloads of signed requests, in order. */
  readonly sent: Map<string, unknown[]>;
  /** Answers at these paths; a directory, nonces and an account are there already. */
  readonly answers: Map<string, (response: ServerResponse) => void>;
  /** The address of a path here. */
  url(path: string): string;
}

/** An answer in JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'replay-nonce': 'x', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** A problem document (RFC 8555 section 6.7). */
export function problem(options: {
  status: number;
  type: string;
  detail: string;
  headers?: Record<string, string>;
}) {
  const { status, type, detail, headers = {} } = options;
  return (response: ServerResponse): void => {
    response.writeHead(status, {
      'content-type': 'application/problem+json',
      'replay-nonce': 'x',
      ...headers,
    });
    response.end(JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail, status }));
  };
}

export async function startFakeCa(): Promise<FakeCa> {
  const folder = await temporaryFolder();
  const { certificate, key } = await issueCertificate({
    commonName: 'localhost',
    extensions: ['subjectAltName=DNS:localhost'],
  });
  const caFile = join(folder.path, 'ca.pem');
  await writeFile(caFile, certificate);
  const asked: string[] = [];
  const answers: FakeCa['answers'] = new Map();
  const sent: FakeCa['sent'] = new Map();
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const body = await text(request);
    if (body) sent.set(path, [...(sent.get(path) ?? []), payloadOf(body)]);
    const answer = answers.get(path);
    if (answer) answer(response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `https://localhost:${(server.address() as AddressInfo).port}`;
  const directory = { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` };
  answers.set('/dir', json(200, directory));
  answers.set('/nonce', json(200, {}));
  answers.set('/account', json(201, { status: 'valid' }, { location: `${base}/account/1` }));
  return {
    env: { FREEHOLD_ACME_DIRECTORY: `${base}/dir`, FREEHOLD_ACME_CA: caFile },
    asked,
    sent,
    answers,
    url: (path) => base + path,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await folder.remove();
    },
  };
}

function payloadOf(jws: string): unknown {
  const { payload } = JSON.parse(jws) as { payload: string };
  return payload && JSON.parse(Buffer.from(payload, 'base64url').toString());
}
