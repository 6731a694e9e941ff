// When HAProxy may be reloaded. Each reload leaves an old worker behind for as long as it has connections, with all of its
// memory; so there are few, and a refusal is not repeated with every change.

/** So many reloads may follow one another at once; each interval gives one more. */
const burst = 3;

/** The longest wait after a refusal, in milliseconds. */
const mostRefusedMs = 900_000;

export interface ReloadPace {
  /** How long a reload has to wait, in milliseconds; 0 if it may be done now. An urgent one waits after a refusal only. */
  waitMs(options: { urgent: boolean }): number;
  /** HAProxy has been reloaded. A search for an offender counts once. */
  reloaded(): void;
  /** HAProxy refused its files, and no site is to blame. */
  refused(): void;
  /** HAProxy restarts. */
  reset(): void;
}

/** `refusedMs`: how long the first refusal is waited out; each further one twice as long. Times are in milliseconds, of a clock that is never set back. */
export function createReloadPace(options: {
  intervalMs: number;
  refusedMs: number;
  now?: () => number;
}): ReloadPace {
  const { intervalMs, refusedMs, now = () => performance.now() } = options;
  let left = burst;
  let counted = now();
  let refusals = 0;
  let notBefore = 0;

  function count(): void {
    const time = now();
    left = intervalMs === 0 ? burst : Math.min(burst, left + Math.max(0, time - counted) / intervalMs);
    counted = time;
  }

  return {
    waitMs({ urgent }) {
      count();
      const forInterval = urgent ? 0 : (1 - left) * intervalMs;
      return Math.round(Math.max(0, forInterval, notBefore - now()));
    },
    reloaded() {
      count();
      left = Math.max(0, left - 1);
      refusals = 0;
      notBefore = 0;
    },
    reset() {
      left = burst;
      notBefore = 0;
    },
    refused() {
      notBefore = now() + Math.min(refusedMs * 2 ** refusals, mostRefusedMs);
      refusals += 1;
    },
  };
}
