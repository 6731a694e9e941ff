import { setTimeout as delay } from 'node:timers/promises';

/** The shortest and the longest pause between two probes, in milliseconds, unless `everyMs` sets it. */
const [leastMs, mostMs] = [20, 1000];

/**
 * Waits until the probe returns something other than `undefined` or `false`, and returns that. A probe that
 * throws counts as not ready; the last error is the cause when the deadline (ms) passes. The deadline only
 * ends a test that cannot pass: it must be long enough for any machine.
 *
 * Between two probes it pauses twice as long as the last one took, so that probes which start
 * processes leave the processors to what they wait for. To catch a short moment, set `everyMs`.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const { withinMs = 300_000, everyMs } = options;
  const deadline = Date.now() + withinMs;
  let cause: unknown;
  do {
    const begun = performance.now();
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    await delay(everyMs ?? pauseAfter(performance.now() - begun));
  } while (Date.now() < deadline);
  throw new Error(`Waited ${withinMs} ms for ${what}, without success`, { cause });
}

/** The pause after a probe that took so long, both in milliseconds. */
const pauseAfter = (tookMs: number) => Math.min(mostMs, Math.max(leastMs, 2 * tookMs));
