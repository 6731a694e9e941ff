import type { Coalescer } from './coalesce.ts';

/** What made it run: something changed, or the time that it had asked for has passed without a change. */
export type Cause = 'change' | 'time';

/**
 * Runs `work` now and at every change, one at a time, until the signal aborts. `work` gives the
 * milliseconds after which it is to run again though nothing changed, or `undefined`; it does not
 * throw, as there would be nobody to catch it but the end of the program.
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
