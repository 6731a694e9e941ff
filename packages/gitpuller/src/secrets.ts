// The secrets of one run. They are removed from everything that is logged, regardless of the source: git and
// the remote repeat more than they should.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Fields, Log } from '@freehold/core/log';
import type { Credential } from './git-url.ts';

export interface Secrets {
  /** Registers the user, the password and every form in which they can appear. */
  add(credential: Credential): void;
  redact(text: string): string;
}

/** A shorter one is not a secret, and replacing it would garble every message. */
const minLength = 4;
/**
 * A user name of this length is more likely a token: `https://TOKEN@HOST` or
 * `https://TOKEN:x-oauth-basic@HOST`.
 */
const minTokenLength = 16;

export function makeSecrets(): Secrets {
  const known = new Set<string>();
  return {
    add(credential) {
      for (const text of formsOf(credential)) if (text.length >= minLength) known.add(text);
    },
    redact(text) {
      // The longest first, so that no part of a longer one remains.
      const longestFirst = [...known].sort((one, other) => other.length - one.length);
      return longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
    },
  };
}

function formsOf({ username, password, written }: Credential): string[] {
  const isToken = password === '' || password === 'x-oauth-basic' || username.length >= minTokenLength;
  const secrets = [password, written[1], ...(isToken ? [username, written[0]] : [])];
  return [
    ...secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]),
    `${written[0]}:${written[1]}`,
    // As in the header of a request (RFC 7617).
    Buffer.from(`${username}:${password}`).toString('base64'),
  ];
}

/** A log that removes the secrets known at the time of each line. */
export function redactLog(log: Log, { redact }: Secrets): Log {
  const at =
    (level: keyof Log) =>
    (sentence: string, fields: Fields = {}) => {
      const redacted = Object.entries(fields).map(([key, value]) => [
        key,
        typeof value === 'string' ? redact(value) : value,
      ]);
      log[level](redact(sentence), Object.fromEntries(redacted));
    };
  return { error: at('error'), warning: at('warning'), notice: at('notice'), info: at('info') };
}

/**
 * The same error without secrets in the parts that runMain prints: the message, and the stack of an
 * unexpected error.
 */
export function redactError(error: unknown, { redact }: Secrets): Error {
  if (error instanceof FreeholdError) return new FreeholdError(redact(error.message), { code: error.code });
  const redacted = new Error(redact(reasonOf(error)));
  if (error instanceof Error && error.stack) redacted.stack = redact(error.stack);
  return redacted;
}
