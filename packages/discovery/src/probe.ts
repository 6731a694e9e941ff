import { request } from 'node:http';
import { retryUntil } from '@freehold/core/backoff';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import type { Address } from '@freehold/core/service-record';
import { formatAddress } from './backend.ts';

/** The time limit of one attempt, in milliseconds: the first page of a cold application is slow. */
const connectMs = 1000;
const answerMs = 10_000;
/** The time after which the log reports what is being waited for, in milliseconds. */
const patienceMs = 3000;
/** The time for which a site with server errors counts as still starting, in milliseconds. */
const startingMs = 10_000;
/** Longer than the pause between two attempts, in milliseconds: the last attempt starts by then. */
const lastMs = 1000;

export interface ProbeOptions {
  readonly domain: Domain;
  readonly address: Address;
  /** A time as in `Date.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Waits until a backend answers GET / for its domain with any status but 421 (Misdirected Request, RFC 9110
 * section 15.5.20). Redirects are not followed. A server error gets time to pass and is then accepted with a
 * warning: it is the site's own, and HAProxy shows it too.
 *
 * @throws FreeholdError with the reason of the last attempt once the deadline has passed.
 */
export async function probe(options: ProbeOptions): Promise<void> {
  const { domain, address, deadline, signal, log } = options;
  const started = Date.now();
  let logged = false;
  const onRetry = (error: unknown) => {
    if (logged || Date.now() - started < patienceMs) return;
    logged = true;
    log.info(`Waiting for ${domain} at ${formatAddress(address)}: ${reasonOf(error)}.`);
  };
  const attempt = createAttempt(options);
  try {
    const status = await retryUntil(attempt, { deadline, signal, maxMs: 500, onRetry });
    if (status >= 500) {
      log.warning(
        `The front page of ${domain} answers with status ${status}. The site is announced nevertheless, since its other ` +
          `pages may work. Look for the cause in the site's own log.`,
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    const seconds = Math.round((Date.now() - started) / 1000);
    const where = formatAddress(address);
    throw new FreeholdError(
      `${domain} was not announced: its container at ${where} did not answer within ${seconds} s: ${reasonOf(error)}.`,
      { cause: error },
    );
  }
}

/**
 * Makes one of many attempts. A server error counts as an answer if it has lasted, or if the time is almost
 * over.
 */
function createAttempt(options: ProbeOptions): () => Promise<number> {
  const { domain, deadline } = options;
  let failingSince: number | undefined;
  return async () => {
    const status = await statusWithin(options).catch((error) => {
      failingSince = undefined;
      throw error;
    });
    if (status === 421) throw new FreeholdError(`it does not serve ${domain} (status 421)`);
    if (status < 500) return status;
    failingSince ??= Date.now();
    const until = Math.min(failingSince + startingMs, deadline - lastMs);
    if (Date.now() >= until) return status;
    throw new FreeholdError(`it answers with status ${status}`);
  };
}

/** The status of the answer to GET /, within the time left for one attempt. */
async function statusWithin({ domain, address, deadline, signal }: ProbeOptions): Promise<number> {
  const ms = Math.max(1, Math.min(answerMs, deadline - Date.now()));
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new FreeholdError(`no answer within ${(ms / 1000).toFixed(1)} s`)),
    ms,
  );
  const ended = new AbortController();
  try {
    const stop = AbortSignal.any([ended.signal, signal]);
    return await Promise.race([statusOf({ domain, address, signal: stop }), late]);
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
}

// Node's own client instead of undici, which takes three times as long to load as all of Node.
async function statusOf(options: { domain: Domain; address: Address; signal: AbortSignal }): Promise<number> {
  const { domain, address, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const asked = request({
    host: address.ip,
    port: address.port,
    headers: { host: domain, 'user-agent': 'freehold-discovery', accept: '*/*' },
    agent: false,
    signal,
  });
  asked.once('error', reject);
  asked.once('response', (answer) => {
    // The backend decides the length of the body, so none of it is read.
    answer.on('error', () => undefined);
    asked.destroy();
    resolve(answer.statusCode as number);
  });
  asked.once('socket', (socket) => {
    const connecting = setTimeout(
      () => asked.destroy(new FreeholdError('no connection within 1 s')),
      connectMs,
    );
    for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(connecting));
  });
  asked.end();
  return promise;
}
