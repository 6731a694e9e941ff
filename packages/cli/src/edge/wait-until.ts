import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes; false once the seconds are over.
 *
 * @throws the signal's reason if it aborts.
 */
export async function waitUntil(
  seconds: number,
  ask: () => Promise<boolean> | boolean,
  { signal, everyMs = 200 }: { readonly signal: AbortSignal; readonly everyMs?: number },
): Promise<boolean> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    if (await ask()) return true;
    if (performance.now() >= until) return false;
    // Once the signal aborts, the next round ends this.
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
