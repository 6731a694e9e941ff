// When a new site may be ordered for, so that the CA's limits are not reached and renewals always find room below them.
import { hourMs, type Ledger, pastOf, weekMs } from './ledger.ts';

/** Let's Encrypt's limits (letsencrypt.org/docs/rate-limits), which other public CAs do not undercut. */
export const limits = { certificatesPerDomainAndWeek: 50, ordersPerThreeHours: 300 } as const;

export interface Waiting {
  readonly domain: string;
  readonly registered: string;
}

/** Renewals to come, for which room is kept. */
export interface Reserved {
  /** By registered domain, those of the next week. */
  readonly byDomain: ReadonlyMap<string, number>;
  /** Those of the next three hours. */
  readonly soon: number;
}

/**
 * The time of each new order, in milliseconds as in Date.now(): `now`, or when enough of the orders before are a week (or
 * three hours) old. `queue` is in the order of service; each turn counts for those behind it.
 */
export function turnsOf(options: {
  queue: readonly Waiting[];
  ledger: Ledger;
  reserved: Reserved;
  now: number;
}): Map<string, number> {
  const { queue, reserved, now } = options;
  const ledger = pastOf(options.ledger, now);
  const all = ledger.map(({ at }) => at).sort(ascending);
  const byDomain = Map.groupBy(
    ledger.filter(({ outcome }) => outcome !== 'failed'),
    ({ registered }) => registered,
  );
  const counted = new Map(
    [...byDomain].map(([name, list]) => [name, list.map(({ at }) => at).sort(ascending)]),
  );
  const turns = new Map<string, number>();
  for (const { domain, registered } of queue) {
    const own = counted.get(registered) ?? [];
    const room = limits.certificatesPerDomainAndWeek - (reserved.byDomain.get(registered) ?? 0);
    const turn = Math.max(
      turnAmong(own, { room, periodMs: weekMs, now }),
      turnAmong(all, { room: limits.ordersPerThreeHours - reserved.soon, periodMs: 3 * hourMs, now }),
    );
    turns.set(domain, turn);
    insert(own, turn);
    insert(all, turn);
    counted.set(registered, own);
  }
  return turns;
}

/** When fewer than `room` of the times lie within the period before. `times` ascend, some of them in the future. */
function turnAmong(
  times: readonly number[],
  options: { room: number; periodMs: number; now: number },
): number {
  const { room, periodMs, now } = options;
  // Renewals need it all: there may be room when they are done.
  if (room <= 0) return now + periodMs;
  const last = times.at(-room);
  return last === undefined ? now : Math.max(now, last + periodMs);
}

function insert(times: number[], time: number): void {
  const at = times.findLastIndex((one) => one <= time);
  times.splice(at + 1, 0, time);
}

function ascending(one: number, other: number): number {
  return one - other;
}
