// What is to be done for each site, when, and in which order. Pure; times are in milliseconds as in Date.now().
import { type Reserved, turnsOf } from './budget.ts';
import { toleratedBetweenMs } from './clock.ts';
import { endOfHold } from './hold.ts';
import { hourMs, weekMs } from './ledger.ts';
import { renewalTime } from './renewal-time.ts';
import { claimOf, type SiteFacts } from './site-facts.ts';
import type { HostState } from './state.ts';

/** `continue`: an order that is not done. `renew`: acme's own certificate. `first`: a site that has none. */
export interface Task {
  readonly kind: 'continue' | 'renew' | 'first';
  readonly site: SiteFacts;
  /** Not before. */
  readonly at: number;
}

/** What acme does not touch: `optedOut` by TLS/manual, or `foreign`, which a person installed. */
export interface Untouched {
  readonly kind: 'optedOut' | 'foreign';
  readonly site: SiteFacts;
}

export interface Plan {
  /** In the order of service: what was begun, then renewals by urgency, then new sites by age. */
  readonly tasks: readonly Task[];
  readonly untouched: readonly Untouched[];
}

export function makePlan(options: {
  sites: readonly SiteFacts[];
  host: HostState;
  directory: string;
  now: number;
}): Plan {
  const { sites, host, directory, now } = options;
  const untouched: Untouched[] = [];
  const tasks: Task[] = [];
  for (const site of sites) {
    const found = taskOf(site, { directory, host, now });
    if ('at' in found) tasks.push(found);
    else untouched.push(found);
  }
  const begun = tasks.filter(({ kind }) => kind === 'continue').sort((a, b) => madeAt(a) - madeAt(b));
  const renewals = tasks.filter(({ kind }) => kind === 'renew').sort((a, b) => endOf(a) - endOf(b));
  const first = tasks
    .filter(({ kind }) => kind === 'first')
    .sort((a, b) => turnKey(a, now) - turnKey(b, now));
  const queue = first.map(({ site }) => site);
  const turns = turnsOf({ queue, ledger: host.ledger, reserved: reservedFor(renewals, now), now });
  const placed = first.map((task) => ({ ...task, at: Math.max(task.at, turns.get(task.site.domain) ?? 0) }));
  return { tasks: [...begun, ...renewals, ...placed], untouched };
}

function taskOf(site: SiteFacts, of: { directory: string; host: HostState; now: number }): Task | Untouched {
  const { certificate, state } = site;
  const { host, directory, now } = of;
  const claim = claimOf(site);
  if (claim) return { kind: claim, site };
  const ofHost = endOfHold(host.failure, now);
  if (state.order?.directory === directory) {
    return { kind: 'continue', site, at: Math.max(endOfHold(state.order, now), ofHost) };
  }
  const limited = isExempt(site, directory) ? 0 : endOfHold(host.limited[site.registered], now);
  const least = Math.max(ofHost, limited, endOfHold(state.failure, now));
  if (!certificate) return { kind: 'first', site, at: least };
  // One of another CA, as of a test before, is replaced at once.
  const due = certificate.directory === directory ? renewalOf(site, of) : 0;
  return { kind: 'renew', site, at: Math.max(due, least) };
}

/** CAs that advise on renewal do not count an order that replaces a certificate (RFC 9773). */
function isExempt({ certificate, state }: SiteFacts, directory: string): boolean {
  return certificate?.directory === directory && state.advice?.fingerprint === certificate.fingerprint;
}

/**
 * When the certificate is to be renewed; 0 for none. Advice does not count for a day after a renewal: a CA that advises to
 * renew whatever it issues would be asked without end.
 */
export function renewalOf(
  { domain, certificate, state }: SiteFacts,
  { host, now }: { host: HostState; now: number },
): number {
  if (!certificate) return 0;
  const { fingerprint, validity } = certificate;
  const isFresh = host.ledger.some(
    (entry) =>
      entry.domain === domain &&
      entry.renewal &&
      entry.outcome === 'issued' &&
      entry.at > now - 24 * hourMs &&
      entry.at <= now + toleratedBetweenMs,
  );
  const advised = !isFresh && state.advice?.fingerprint === fingerprint ? state.advice : undefined;
  return renewalTime({ validity, advised, seed: fingerprint });
}

/** Those of the next week, by registered domain; those that are due soon count against the account too. */
function reservedFor(renewals: readonly Task[], now: number): Reserved {
  const byDomain = new Map<string, number>();
  for (const { site, at } of renewals) {
    if (at < now + weekMs) byDomain.set(site.registered, (byDomain.get(site.registered) ?? 0) + 1);
  }
  return { byDomain, soon: renewals.filter(({ at }) => at < now + 3 * hourMs).length };
}

function madeAt({ site }: Task): number {
  return site.state.order?.made ?? 0;
}

function endOf({ site }: Task): number {
  return site.certificate?.validity.end ?? 0;
}

/** The oldest first; a site that waits for its DNS stands where it will be looked at again. */
function turnKey({ site, at }: Task, now: number): number {
  return at > now ? at : Math.min(site.state.seen, now);
}

/** When there is something to do next: the first task, but within half a day, as the CA may advise something else then. */
export function nextRun(tasks: readonly Task[], options: { now: number; spread: number }): number {
  const { now, spread } = options;
  const latest = now + 12 * hourMs * (0.9 + 0.1 * spread);
  const first = Math.min(latest, ...tasks.map(({ at }) => at));
  return Math.max(first, now + 60_000);
}
