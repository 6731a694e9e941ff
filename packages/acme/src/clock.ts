/** So far may a clock differ from the CA's, in milliseconds: dates in certificates and of limits are in hours and days. */
export const toleratedMs = 3_600_000;

/**
 * So far may the clocks of two members of a cluster differ, in milliseconds: one may be ahead of the CA's, and the other one
 * behind.
 */
export const toleratedBetweenMs = 2 * toleratedMs;

/**
 * Why this host's clock is not to be trusted, as a sentence; undefined where it is.
 *
 * @param offset how far the CA's clock is ahead of this host's, in milliseconds; undefined if it is not known.
 */
export function faultOfClock(offset: number | undefined): string | undefined {
  if (offset === undefined || Math.abs(offset) <= toleratedMs) return undefined;
  const hours = Math.round(Math.abs(offset) / 3_600_000);
  const difference = hours > 48 ? `${Math.round(hours / 24)} days` : `${hours} hours`;
  const direction = offset > 0 ? 'behind' : 'ahead of';
  return `This host's clock is ${difference} ${direction} the CA's, so nothing is ordered. Set the clock (timedatectl status).`;
}
