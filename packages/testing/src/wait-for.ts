import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until the probe returns something other than `undefined` or `false`, and returns that. A probe that
 * throws counts as not ready; the last error is the cause when the deadline (ms) passes. The deadline only
 * ends a test that cannot pass: it must be long enough for any machine.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const { withinMs = 300_000, everyMs = 20 } = options;
  const deadline = Date.now() + withinMs;
  let cause: unknown;
  do {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    await delay(everyMs);
  } while (Date.now() < deadline);
  throw new Error(`Waited ${withinMs} ms in vain for ${what}`, { cause });
}
