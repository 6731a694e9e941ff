import { sleep } from './backoff.ts';

/** A wake-up that many events share. The waiting loop learns that something happened, not how often. */
export interface Coalescer {
  /**
   * Reports a change. `soon` is false if more changes are likely to follow: then even an eager coalescer
   * waits for them.
   */
  notify(soon?: boolean): void;
  /** Waits for a change, then until no other has followed for a while. Returns immediately when aborted. */
  next(signal: AbortSignal): Promise<void>;
}

/**
 * Coalesces bursts: after the first event it waits for `quietMs` without another one, but never longer than
 * `maxWaitMs`. If `eager` is set, the first event after five times `quietMs` without any is handled
 * immediately. An event that arrives while nobody waits is kept for the next wait, so the last change is
 * never dropped.
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
