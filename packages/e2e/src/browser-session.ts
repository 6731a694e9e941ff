// A visitor with cookies, who visits a site over https as a browser does, and follows no redirect.
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { httpsPort } from './host.ts';

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Asking {
  readonly form?: Record<string, string>;
  readonly json?: unknown;
  readonly body?: Buffer;
  readonly headers?: Record<string, string>;
}

export interface Session {
  readonly domain: string;
  fetch(path: string, asking?: Asking): Promise<Page>;
}

/** A slower answer counts as none, in milliseconds. */
const patienceMs = 120_000;

/** Replaces DNS: an address and its port for https. */
export type Address = readonly [host: string, port: number];

/** On the host that all tests share, by default. */
export function openSession(domain: string, lookUp: () => Address = () => ['127.0.0.1', httpsPort]): Session {
  const cookies = new Map<string, string>();
  return {
    domain,
    async fetch(path, asking = {}) {
      const [type, body] = bodyOf(asking);
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = {
        host: domain,
        ...(cookie ? { cookie } : {}),
        ...(type ? { 'content-type': type } : {}),
        ...asking.headers,
      };
      const page = await send({ address: lookUp(), domain, path, headers, body });
      for (const line of page.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      return page;
    },
  };
}

function bodyOf({ form, json, body }: Asking): [string | undefined, Buffer | undefined] {
  if (form) return ['application/x-www-form-urlencoded', Buffer.from(String(new URLSearchParams(form)))];
  if (json !== undefined) return ['application/json', Buffer.from(JSON.stringify(json))];
  return [undefined, body];
}

function send(what: {
  address: Address;
  domain: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}): Promise<Page> {
  const { promise, resolve, reject } = Promise.withResolvers<Page>();
  const call = request({
    host: what.address[0],
    port: what.address[1],
    servername: what.domain,
    rejectUnauthorized: false,
    method: what.body ? 'POST' : 'GET',
    path: what.path,
    headers: what.headers,
    agent: false,
    signal: AbortSignal.timeout(patienceMs),
  });
  call.on('error', reject).on('response', async (answer) => {
    try {
      const bytes = Buffer.concat(await answer.toArray());
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text: bytes.toString() });
    } catch (error) {
      reject(error);
    }
  });
  call.end(what.body);
  return promise;
}
