import { setTimeout as delay } from 'node:timers/promises';

/** Waits. An abort ends the wait early and without an error, since the caller's loop checks the signal. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Growing delays in milliseconds, with jitter so that many hosts do not reconnect at the same moment. */
export function* backoff(options: { firstMs?: number; maxMs?: number } = {}): Generator<number, never> {
  const { firstMs = 100, maxMs = 5000 } = options;
  for (let ms = firstMs; ; ms = Math.min(ms * 2, maxMs)) yield ms * (0.75 + Math.random() / 2);
}

/**
 * Repeats the work until it succeeds, the deadline passes or the signal aborts; then throws the last error.
 * `deadline` is a time as in `Date.now()`. `onRetry` receives each failure.
 */
export async function retryUntil<T>(
  attempt: () => Promise<T>,
  options: { deadline: number; signal: AbortSignal; maxMs?: number; onRetry?: (error: unknown) => void },
): Promise<T> {
  const { deadline, signal, maxMs = 1000, onRetry } = options;
  for (const ms of backoff({ firstMs: 50, maxMs })) {
    let failure: unknown;
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (Date.now() + ms > deadline) throw error;
      onRetry?.(error);
      failure = error;
    }
    await sleep(ms, signal);
    signal.throwIfAborted();
    // On a busy machine a sleep takes longer. Another attempt with no time left would only hide the reason of
    // the last failure.
    if (Date.now() > deadline) throw failure;
  }
  throw new Error('unreachable');
}
