import { isIP } from 'node:net';
import type { Domain } from '@freehold/core/domain';
import { type Address, check, formatServiceKey } from '@freehold/core/service-record';
import * as v from 'valibot';

/** The container that serves a domain: its app and its address. */
export interface Backend {
  readonly app: string;
  readonly address: Address;
}

const portText = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,4}$/, 'a port from 1 to 65535 is required'),
  v.transform(Number),
  v.maxValue(65535, 'a port from 1 to 65535 is required'),
);

/** @throws FreeholdError if the text is not a TCP port. */
export function parsePort(text: string): number {
  return check(portText, text);
}

/** @throws FreeholdError if the text is not a valid app name. */
export function parseApp(text: string, domain: Domain): string {
  formatServiceKey({ app: text, domain, host: 'any' });
  return text;
}

/** @throws FreeholdError stating which of the three is wrong. */
export function parseBackend(given: { app: string; address: string; port: string }, domain: Domain): Backend {
  const app = parseApp(given.app, domain);
  const ip = check(
    v.pipe(
      v.string(),
      v.check(
        (text) => isIP(text) !== 0 && !text.includes('%'),
        `${JSON.stringify(given.address)} is not an IP address`,
      ),
    ),
    given.address,
  );
  return { app, address: { ip, port: parsePort(given.port) } };
}

/** An address as written in a URL or a sentence. */
export function formatAddress({ ip, port }: Address): string {
  return `${isIP(ip) === 6 ? `[${ip}]` : ip}:${port}`;
}
