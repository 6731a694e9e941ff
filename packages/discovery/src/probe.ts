import { setTimeout as delay } from 'node:timers/promises';
import { retryUntil } from '@freehold/core/backoff';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import type { Address } from '@freehold/core/service-record';
import { Agent, request } from 'undici';
import { formatAddress } from './backend.ts';

/** How long one try may take, in milliseconds: a cold application's first page is slow. */
const connectMs = 1000;
const answerMs = 10_000;
/** After how long the log says what is being waited for, in milliseconds. */
const patienceMs = 3000;

export interface ProbeOptions {
  readonly domain: Domain;
  readonly address: Address;
  /** A time as in `Date.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Waits until a backend answers for its domain: GET / with any status under 500, redirects included,
 * but not 421 (Misdirected Request, RFC 9110 section 15.5.20).
 *
 * @throws FreeholdError with the reason of the last try once the deadline has passed.
 */
export async function probe(options: ProbeOptions): Promise<void> {
  const { domain, address, deadline, signal, log } = options;
  const started = Date.now();
  let told = false;
  const onRetry = (error: unknown) => {
    if (told || Date.now() - started < patienceMs) return;
    told = true;
    log.info(`Waiting for ${domain} at ${formatAddress(address)}: ${reasonOf(error)}.`);
  };
  try {
    await retryUntil(() => tryOnce(options), { deadline, signal, maxMs: 500, onRetry });
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

async function tryOnce({ domain, address, deadline, signal }: ProbeOptions): Promise<void> {
  const ms = Math.max(1, Math.min(answerMs, deadline - Date.now()));
  const agent = new Agent({ connect: { timeout: connectMs }, pipelining: 0 });
  const timer = new AbortController();
  const late = delay(ms, undefined, { signal: AbortSignal.any([timer.signal, signal]) }).then(
    () => {
      throw new FreeholdError(`no answer within ${(ms / 1000).toFixed(1)} s`);
    },
    // undici heeds the signal only once it is connected.
    () => signal.throwIfAborted(),
  );
  try {
    const status = await Promise.race([statusOf({ domain, address, agent, signal }), late]);
    if (status === 421) throw new FreeholdError(`it does not serve ${domain} (status 421)`);
    if (status === undefined || status >= 500) throw new FreeholdError(`it answered with status ${status}`);
  } finally {
    timer.abort();
    // Not waited for: a connect that gets no answer would hold up the end of the program.
    agent.destroy().catch(() => undefined);
  }
}

async function statusOf(options: {
  domain: Domain;
  address: Address;
  agent: Agent;
  signal: AbortSignal;
}): Promise<number> {
  const { domain, address, agent, signal } = options;
  const { statusCode, body } = await request(`http://${formatAddress(address)}/`, {
    headers: { host: domain, 'user-agent': 'freehold-discovery', accept: '*/*' },
    dispatcher: agent,
    signal,
  });
  // Its length is whatever the backend likes: nothing of it is read.
  body.on('error', () => undefined).destroy();
  return statusCode;
}
