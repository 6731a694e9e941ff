// What the site answers on this host.
import { existsSync } from 'node:fs';
import type { Address } from '@freehold/core/service-record';
import { readAddress } from '../docker.ts';
import { hasNote } from './notes.ts';
import type { SiteHere } from './site-here.ts';

const certificateOf = (domain: string) => `/data/runtime/haproxy/approved-certs/${domain}.pem`;

/** What a visitor of the front page gets, by https where the site has a certificate: the edge itself answers http then. */
export function servedStatus({ domain }: { readonly domain: string }): Promise<string> {
  const isSecure = existsSync(certificateOf(domain));
  return ask({ domain, ip: '127.0.0.1', port: isSecure ? 443 : 80, isSecure });
}

/** What its container answers to the edge. */
async function ownStatus(site: SiteHere, app: string): Promise<string> {
  const { domain } = site;
  const address = await ownAddress(site, app);
  if (!address) return '000';
  const scheme = existsSync(certificateOf(domain)) ? 'https' : 'http';
  return ask({ domain, ...address, isSecure: false, headers: { 'X-Forwarded-Proto': scheme } });
}

/** Where its container listens. */
export function ownAddress({ domain, signal }: SiteHere, app: string): Promise<Address | undefined> {
  return readAddress(`${app}_${domain}`, signal);
}

/** As long as its announcement is held back, the edge does not know it. */
export function statusHere(site: SiteHere, app: string): Promise<string> {
  return hasNote(site, 'held') ? ownStatus(site, app) : servedStatus(site);
}

interface Question {
  readonly domain: string;
  readonly ip: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Three digits; '000' if nothing answers within 5 s. */
function ask({ domain, ip, port, isSecure, headers = {} }: Question): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const options = {
    host: ip,
    port,
    path: '/',
    headers: { Host: domain, ...headers },
    timeout: 5000,
    agent: false,
  };
  const secure = { ...options, servername: domain, rejectUnauthorized: false };
  // Not imported: see ../docker.ts.
  const call = isSecure
    ? process.getBuiltinModule('node:https').request(secure)
    : process.getBuiltinModule('node:http').request(options);
  const over = setTimeout(() => call.destroy(new Error('no answer')), 5000);
  call.on('response', (answer) => {
    resolve(String(answer.statusCode ?? '000'));
    call.destroy();
  });
  call
    .on('error', () => resolve('000'))
    .on('timeout', () => call.destroy())
    .on('close', () => {
      clearTimeout(over);
      resolve('000');
    });
  call.end();
  return promise;
}
