import { sleep } from '@freehold/core/backoff';
import type { Ca } from './ca.ts';
import { CaError } from './ca-error.ts';
import { nextStep } from './order-step.ts';
import { retryTime } from './retry-after.ts';

/** `lost`: the CA does not know the order any more. `pending`: it is still processing it; ask again at `again`. */
export type Outcome =
  | { readonly kind: 'issued'; readonly chain: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'pending'; readonly again: number }
  | { readonly kind: 'lost' };

/** A CA that takes longer delays no other site; the next run continues the order. In milliseconds. */
const patienceMs = 90_000;
const [shortestPollMs, longestPollMs] = [500, 15_000];

/** Brings an order as far as it goes, from wherever it is. */
export async function runOrder(options: {
  ca: Ca;
  accountUrl: string;
  order: { readonly url: string; readonly names: readonly string[]; readonly key: string };
  signal: AbortSignal;
}): Promise<Outcome> {
  const { ca, accountUrl, order, signal } = options;
  const deadline = Date.now() + patienceMs;
  const answered = new Set<string>();
  for (let polls = 0; ; polls++) {
    const reply = await readOrder(ca, accountUrl, order.url);
    if (reply === undefined) return { kind: 'lost' };
    const { body, retryAfter } = reply;
    const open = body.status === 'pending' || body.status === 'invalid' ? body.authorizations : [];
    const authorizations = [];
    for (const url of open) authorizations.push((await ca.authorization(accountUrl, url)).body);
    const step = nextStep(body, authorizations);
    if (step.kind === 'failed') return step;
    if (step.kind === 'download') return { kind: 'issued', chain: await ca.download(accountUrl, step.url) };
    if (step.kind === 'answer') {
      // Some CAs report a challenge as pending while they process it.
      for (const url of step.challenges) if (!answered.has(url)) await ca.answer(accountUrl, url);
      for (const url of step.challenges) answered.add(url);
    }
    if (step.kind === 'finalize') await ca.finalize(accountUrl, body.finalize, order.names, order.key);
    const wanted = retryTime({ header: retryAfter, now: Date.now() });
    const pause = Math.max(shortestPollMs * Math.min(2 ** polls, 16), wanted ? wanted - Date.now() : 0);
    if (Date.now() + pause > deadline)
      return { kind: 'pending', again: Date.now() + Math.max(pause, 60_000) };
    await sleep(Math.min(pause, longestPollMs), signal);
    signal.throwIfAborted();
  }
}

async function readOrder(ca: Ca, accountUrl: string, url: string) {
  try {
    return await ca.order(accountUrl, url);
  } catch (error) {
    if (error instanceof CaError && error.status === 404) return undefined;
    throw error;
  }
}
