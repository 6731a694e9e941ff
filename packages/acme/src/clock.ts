/** So far may the two clocks differ, in milliseconds: dates in certificates and of limits are in hours and days. */
const toleratedMs = 3_600_000;

/** Why this host's clock is not to be trusted, as a sentence; undefined where it is. Times as in Date.now(). */
export function faultOfClock(caTime: number | undefined, now: number): string | undefined {
  if (caTime === undefined || Math.abs(caTime - now) <= toleratedMs) return undefined;
  const hours = Math.round(Math.abs(caTime - now) / 3_600_000);
  const difference = hours > 48 ? `${Math.round(hours / 24)} days` : `${hours} hours`;
  const direction = now < caTime ? 'behind' : 'ahead of';
  return `This host's clock is ${difference} ${direction} the CA's, so nothing is ordered: set it (timedatectl status).`;
}
