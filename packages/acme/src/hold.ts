// A time before which something is not tried again. Times are in milliseconds as in Date.now().
import * as v from 'valibot';
import { toleratedBetweenMs } from './clock.ts';

/** `noted`: when that was decided. */
export const hold = v.object({ again: v.number(), noted: v.number() });
export type Hold = v.InferOutput<typeof hold>;

/**
 * When it ends; 0 without one. One that was noted in the future comes from a clock that was ahead and was set since, unless
 * it is so little ahead as the clock of another member of a cluster may be.
 */
export function endOfHold(of: Hold | undefined, now: number): number {
  return of && of.noted <= now + toleratedBetweenMs ? of.again : 0;
}
