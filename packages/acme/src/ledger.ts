// What the CA has been asked for. CAs count by account and by registered domain; so does this, on disk, and each order is
// written down before it is made. Times are in milliseconds as in Date.now().
import * as v from 'valibot';
import { toleratedBetweenMs } from './clock.ts';

export const hourMs = 3_600_000;
export const weekMs = 7 * 24 * hourMs;

export const orderEntry = v.object({
  at: v.number(),
  domain: v.string(),
  registered: v.string(),
  renewal: v.boolean(),
  /** `open` until the CA has decided, and after a kill also where it was never asked. */
  outcome: v.picklist(['open', 'issued', 'failed']),
});
export type OrderEntry = v.InferOutput<typeof orderEntry>;
export type Ledger = readonly OrderEntry[];

/**
 * Adds an order, and forgets those older than a week. An earlier one of the domain that is still open was cut off before its
 * address was known, so that it brings no certificate.
 */
export function withOrder(ledger: Ledger, entry: Omit<OrderEntry, 'outcome'>): Ledger {
  const recent = pastOf(ledger, entry.at).filter(({ at }) => at > entry.at - weekMs);
  return [...withOutcome(recent, entry.domain, 'failed'), { ...entry, outcome: 'open' }];
}

/**
 * Those that are not dated in the future, by a clock that was ahead and was set since. The clock of another member of a
 * cluster may be ahead of this one's; what it has ordered counts.
 */
export function pastOf(ledger: Ledger, now: number): Ledger {
  return ledger.filter(({ at }) => at <= now + toleratedBetweenMs);
}

/** How often orders for the domain have failed in the last hour. */
export function recentFailures(ledger: Ledger, domain: string, now: number): number {
  const isRecent = ({ domain: one, at }: OrderEntry) => one === domain && at > now - hourMs;
  return pastOf(ledger, now).filter((entry) => isRecent(entry) && entry.outcome === 'failed').length;
}

/** Notes what has become of the domain's orders that were open. */
export function withOutcome(ledger: Ledger, domain: string, outcome: 'issued' | 'failed'): Ledger {
  return ledger.map((entry) =>
    entry.domain === domain && entry.outcome === 'open' ? { ...entry, outcome } : entry,
  );
}
