import { setTimeout as delay } from 'node:timers/promises';

/** The shortest and the longest pause between two probes, in milliseconds, unless `everyMs` sets it. */
const [leastMs, mostMs] = [20, 1000];

/**
 * Waits until the probe returns something other than `undefined` or `false`, and returns that. A probe that
 * throws counts as not ready; the last error is the cause when the deadline (ms) passes. The deadline only
 * ends a test that cannot pass: it must be long enough for any machine.
 *
 * Between two probes it pauses at least twice as long as the last one took and a twentieth of the time that it has waited,
 * so that probes, above all those that start processes, leave the processors to what they wait for. To catch a short moment,
 * set `everyMs`.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const { withinMs = 300_000, everyMs } = options;
  const started = performance.now();
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
    const now = performance.now();
    await delay(everyMs ?? pauseAfter({ tookMs: now - begun, waitedMs: now - started }));
  } while (Date.now() < deadline);
  throw new Error(`Waited ${withinMs} ms for ${what}, without success`, { cause });
}

/** The pause after a probe that took so long, when so much time has been waited; all in milliseconds. */
export const pauseAfter = ({ tookMs, waitedMs }: { tookMs: number; waitedMs: number }) =>
  Math.min(mostMs, Math.max(leastMs, 2 * tookMs, waitedMs / 20));
