import { sleep } from './backoff.ts';

/** A wake-up that many events share: whoever waits learns that something happened, not how often. */
export interface Coalescer {
  /** Something changed. If more of it is likely to follow, `soon` is false: then it is waited for in any case. */
  notify(soon?: boolean): void;
  /** Waits for a change, then until it has been quiet for a while. Returns at once when aborted. */
  next(signal: AbortSignal): Promise<void>;
}

/**
 * Coalesces bursts: after the first event it waits for `quietMs` without another one, but never
 * longer than `maxWaitMs`. If it is eager, the first event after five times `quietMs` without any is not kept waiting. An event that arrives while nobody waits is kept for the next wait, so
 * the last change is never dropped.
 */
export function createCoalescer(options: { quietMs: number; maxWaitMs: number; eager?: boolean }): Coalescer {
  let pending = false;
  let last = Number.NEGATIVE_INFINITY;
  let first = false;
  let wake: (() => void) | undefined;

  async function settle(signal: AbortSignal): Promise<void> {
    const latest = performance.now() + options.maxWaitMs;
    while (!signal.aborted) {
      const now = performance.now();
      const until = Math.min(last + options.quietMs, latest);
      if (now >= until) return;
      await sleep(until - now, signal);
    }
  }

  return {
    notify(soon = true) {
      const now = performance.now();
      if (!soon) first = false;
      else if (!pending) first = options.eager === true && now - last >= 5 * options.quietMs;
      pending = true;
      last = now;
      wake?.();
    },
    async next(signal) {
      if (!pending && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        signal.addEventListener('abort', wake, { once: true });
        await promise;
        signal.removeEventListener('abort', wake);
        wake = undefined;
      }
      if (!first) await settle(signal);
      pending = false;
    },
  };
}
