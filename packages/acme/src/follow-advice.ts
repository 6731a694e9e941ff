// Asks CAs when to renew (RFC 9773). What they advise decides, also that it is at once, as after a revocation.
import { CaError } from './ca-error.ts';
import type { Context } from './context.ts';
import { hourMs } from './ledger.ts';
import { retryTime } from './retry-after.ts';
import type { SiteFacts } from './site-facts.ts';
import { writeState } from './state.ts';

/** How long advice counts at least and at most, whatever the CA says of it, in milliseconds (RFC 9773 section 4.3). */
const [shortestMs, longestMs] = [hourMs, 24 * hourMs];

/** Gives the site with advice that counts now. A CA that does not answer is no fault: two thirds of the lifetime decide. */
export async function followAdvice(context: Context, site: SiteFacts): Promise<SiteFacts> {
  const { certificate, state } = site;
  const { directory } = context.settings;
  const now = Date.now();
  if (!certificate?.id || certificate.directory !== directory || (context.host().failure?.again ?? 0) > now)
    return site;
  const { fingerprint, id } = certificate;
  if (state.advice?.fingerprint === fingerprint && state.advice.again > now) return site;
  try {
    const ca = await context.connect(directory);
    if (!ca.directory.renewalInfo) return site;
    const { body, retryAfter } = await ca.renewalInfo(id);
    const again = retryTime({ header: retryAfter, now }) ?? now + 6 * hourMs;
    const bounded = Math.min(Math.max(again, now + shortestMs), now + longestMs);
    const changed = { ...state, advice: { fingerprint, ...body, again: bounded } };
    await writeState(context.layout.siteState(site.domain), changed);
    return { ...site, state: changed };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof CaError) return site;
    throw error;
  }
}
