// One sentence about a site's certificate, for the operator's scripts and for the log.
import { endOfHold } from './hold.ts';
import { hourMs } from './ledger.ts';
import { renewalOf, type Task, type Untouched } from './plan.ts';
import type { HostState } from './state.ts';

/** A certificate that a person installed is reported when it is valid for less than this, in milliseconds. */
const warningMs = 14 * 24 * hourMs;

export function describeTask({ site, at, kind }: Task, host: HostState, now: number): string {
  const { certificate, state } = site;
  const has = certificate
    ? `Valid until ${day(certificate.validity.end)}, from ${certificate.issuer}.`
    : 'There is no certificate yet.';
  if (state.failure) return `${has} ${state.failure.sentence} Next try: ${moment(at, now)}.`;
  const until = endOfHold(host.failure, now);
  if (host.failure && until > now && at <= until) {
    return `${has} ${host.failure.sentence} Next try: ${moment(at, now)}.`;
  }
  if (kind === 'continue' && state.order?.failures && state.reported) {
    return `${has} ${state.reported} Next try: ${moment(at, now)}.`;
  }
  if (kind === 'continue') return `${has} An order is in progress.`;
  if (kind === 'renew')
    return `${has} Renewed: ${moment(Math.max(at, renewalOf(site, { host, now })), now)}.`;
  const reason = at > now ? ', because of the rate limits of the CA' : '';
  return `${has} It is ordered: ${moment(at, now)}${reason}.`;
}

export function describeUntouched({ kind, site }: Untouched): string {
  const { certificate, fault } = site;
  if (fault !== undefined) return `The certificate cannot be read, so acme leaves it alone: ${fault}.`;
  const until = certificate
    ? `valid until ${day(certificate.validity.end)}, from ${certificate.issuer}`
    : 'none there';
  const how = kind === 'optedOut' ? 'Managed manually (TLS/manual)' : 'Installed manually';
  return `${how}: ${until}.`;
}

/** What is to be logged about it, once: a certificate that nobody renews expires soon. */
export function warnOf({ site }: Untouched, now: number): string | undefined {
  const { certificate, domain } = site;
  if (!certificate || certificate.validity.end - now > warningMs) return undefined;
  const tense = certificate.validity.end < now ? 'expired' : 'expires';
  return `The certificate of ${domain} was installed manually and ${tense} on ${day(certificate.validity.end)}: install a new one, or remove it so that acme orders one.`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function moment(time: number, now: number): string {
  return time <= now ? 'now' : new Date(time).toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
}
