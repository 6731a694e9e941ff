// Asks CAs when to renew (RFC 9773). What they advise decides, also that it is at once, as after a revocation.
import { CaError } from './ca-error.ts';
import type { Context } from './context.ts';
import { endOfHold } from './hold.ts';
import { hourMs } from './ledger.ts';
import { retryTime } from './retry-after.ts';
import type { SiteFacts } from './site-facts.ts';

/** How long advice counts at least and at most, whatever the CA says of it, in milliseconds (RFC 9773 section 4.3). */
const [shortestMs, longestMs] = [hourMs, 24 * hourMs];

/** Gives a site with the advice that counts now. */
export type Adviser = (site: SiteFacts) => Promise<SiteFacts>;

/**
 * Asks for advice in one run. A CA that does not answer is no fault, since two thirds of the lifetime decide then; it is not
 * asked about further sites in this run, as each of them may take as long as it does to give up.
 */
export function adviserOf(context: Context): Adviser {
  let isAway = false;
  return async (site) => {
    if (isAway || !needsAdvice(context, site)) return site;
    try {
      return await followAdvice(context, site);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof CaError)) throw error;
      // A certificate that the CA does not know says nothing about the others.
      isAway = error.status === undefined || error.status >= 500 || error.status === 429;
      return site;
    }
  };
}

function needsAdvice(context: Context, { certificate, state }: SiteFacts): boolean {
  const now = Date.now();
  if (!certificate?.id || certificate.directory !== context.settings.directory) return false;
  if (endOfHold(context.host().failure, now) > now) return false;
  return state.advice?.fingerprint !== certificate.fingerprint || endOfHold(state.advice, now) <= now;
}

async function followAdvice(context: Context, site: SiteFacts): Promise<SiteFacts> {
  const { certificate, state } = site;
  const ca = await context.connect(context.settings.directory);
  if (!certificate?.id || !ca.directory.renewalInfo) return site;
  const { body, retryAfter } = await ca.renewalInfo(certificate.id);
  const now = Date.now();
  const wanted = retryTime({ header: retryAfter, now }) ?? now + 6 * hourMs;
  const again = Math.min(Math.max(wanted, now + shortestMs), now + longestMs);
  const advice = { fingerprint: certificate.fingerprint, ...body, again, noted: now };
  const changed = { ...state, advice };
  await context.store.writeSite(site.domain, changed);
  return { ...site, state: changed };
}
