import type { Coalescer } from './coalesce.ts';

/** Why the work runs: something changed, or the requested time has passed without a change. */
export type Cause = 'change' | 'time';

/**
 * Runs `work` now and at every change, one run at a time, until the signal aborts. `work` returns the
 * milliseconds after which it runs again without a change, or `undefined`. It must not throw, since that
 * would end the program.
 */
export async function runAtChanges(
  coalescer: Coalescer,
  work: (cause: Cause) => Promise<number | undefined>,
  signal: AbortSignal,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let cause: Cause = 'change';
  coalescer.notify();
  while (!signal.aborted) {
    await coalescer.next(signal);
    clearTimeout(timer);
    if (signal.aborted) break;
    const current = cause;
    cause = 'change';
    const againMs = await work(current);
    if (againMs === undefined) continue;
    timer = setTimeout(() => {
      cause = 'time';
      coalescer.notify();
    }, againMs);
  }
  clearTimeout(timer);
}
