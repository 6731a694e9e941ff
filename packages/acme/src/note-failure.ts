// What becomes of a task that did not succeed: who has to wait, for how long, and the one sentence about it.
import type { Domain } from '@freehold/core/domain';
import type { FreeholdError } from '@freehold/core/error';
import { type CaError, delayOfSite, nextTry, recheckDelay, scopeOf } from './ca-error.ts';
import type { Context } from './context.ts';
import { endOfHold } from './hold.ts';
import { hourMs, withOutcome } from './ledger.ts';
import { isSameReason } from './same-reason.ts';
import type { SiteFacts } from './site-facts.ts';
import type { Failure, PendingOrder, SiteState } from './state.ts';

/** As it is on disk now. */
export async function currentState({ store }: Context, domain: Domain): Promise<SiteState> {
  return (await store.readSite(domain, Date.now())).state;
}

/** Closes the domain's order in the ledger. */
export async function noteOutcome(
  context: Context,
  domain: Domain,
  outcome: 'issued' | 'failed',
): Promise<void> {
  await context.changeHost({ ledger: [...withOutcome(context.host().ledger, domain, outcome)] });
}

/** Notes why a site has to wait, and logs it if it is news. Its order, if it has one, has ended. */
export async function noteFailure(
  context: Context,
  { domain }: SiteFacts,
  { kind, sentence, again = 0 }: Pick<Failure, 'kind' | 'sentence'> & { again?: number },
): Promise<void> {
  const { order: _, ...state } = await currentState(context, domain);
  const count = state.failure?.kind === kind ? state.failure.count + 1 : 1;
  const delay = kind === 'preflight' ? recheckDelay(count) : delayOfSite(count);
  const noted = Date.now();
  const failure = { kind, count, sentence, again: Math.max(again, noted + delay), noted };
  await context.store.writeSite(domain, { ...state, failure, reported: sentence });
  if (!isSameReason(state.reported, sentence)) context.log.warning(sentence);
}

/** What cannot be written here is tried again with the same order, which the CA keeps for days. */
export async function holdOrder(
  context: Context,
  { domain }: SiteFacts,
  error: FreeholdError,
): Promise<'failed'> {
  const state = await currentState(context, domain);
  const noted = Date.now();
  const failures = (state.order?.failures ?? 0) + 1;
  const order = state.order && { ...state.order, failures, again: noted + hourMs, noted };
  await context.store.writeSite(domain, {
    ...state,
    ...(order && { order }),
    reported: error.message,
  });
  if (!isSameReason(state.reported, error.message)) context.log.error(error.message);
  return 'failed';
}

/** The order has brought a certificate that is not wanted any more. */
export async function dropOrder(
  context: Context,
  { domain }: SiteFacts,
  error: FreeholdError,
): Promise<'failed'> {
  const { order: _, ...state } = await currentState(context, domain);
  await noteOutcome(context, domain, 'issued');
  await context.store.writeSite(domain, { ...state, reported: error.message });
  context.log.notice(error.message);
  return 'failed';
}

/** The CA does not know the order any more. One that it has just accepted is created again only after a delay. */
export async function noteLost(context: Context, site: SiteFacts, { made }: PendingOrder): Promise<'failed'> {
  const { domain } = site;
  await noteOutcome(context, domain, 'failed');
  if (Date.now() - made < 24 * hourMs) {
    const sentence = `${domain}: The CA does not know the order that it accepted.`;
    await noteFailure(context, site, { kind: 'order', sentence });
    return 'failed';
  }
  const { order: _, ...state } = await currentState(context, domain);
  await context.store.writeSite(domain, state);
  context.log.notice(`The CA does not know the order for ${domain} any more; acme creates a new one.`);
  return 'failed';
}

/** The CA, or the way there, did not do what it was asked. */
export async function noteRefusal(
  context: Context,
  site: SiteFacts,
  error: CaError,
): Promise<'failed' | 'stop'> {
  const { registered, domain } = site;
  const now = Date.now();
  const scope = scopeOf(error, registered);
  const { order, failure } = await currentState(context, domain);
  const begun = order?.directory === context.settings.directory ? order : undefined;
  if (begun && scope !== 'site' && error.scope !== 'directory')
    return delayOrder(context, site, begun, error);
  // Also where the CA did not answer: an order whose address is not known brings no certificate.
  if (!begun) await noteOutcome(context, domain, 'failed');
  if (scope === 'directory') {
    const count = (context.host().failure?.count ?? 0) + 1;
    return noteHostFailure(context, {
      sentence: error.message,
      again: nextTry({ error, scope, count, now }),
    });
  }
  const again = nextTry({ error, scope, count: (failure?.count ?? 0) + 1, now });
  if (scope === 'domain') {
    const still = Object.entries(context.host().limited).filter(([, one]) => endOfHold(one, now) > now);
    const limited = { ...Object.fromEntries(still), [registered]: { again, noted: now } };
    await context.changeHost({ limited });
  }
  await noteOutcome(context, domain, 'failed');
  await noteFailure(context, site, { kind: 'order', sentence: `${domain}: ${error.message}`, again });
  return 'failed';
}

/** An order that the CA does not bring on now. It may bring on those of others, and new ones. */
async function delayOrder(
  context: Context,
  { domain }: SiteFacts,
  order: PendingOrder,
  error: CaError,
): Promise<'failed'> {
  const state = await currentState(context, domain);
  const noted = Date.now();
  const failures = order.failures + 1;
  const again = nextTry({ error, scope: 'directory', count: failures, now: noted });
  const sentence = `${domain}: ${error.message}`;
  const changed = { ...state, order: { ...order, failures, again, noted }, reported: sentence };
  await context.store.writeSite(domain, changed);
  if (!isSameReason(state.reported, sentence)) context.log.warning(sentence);
  return 'failed';
}

/** Everything that needs the CA waits. */
export async function noteHostFailure(
  context: Context,
  { sentence, again }: { sentence: string; again: number },
): Promise<'stop'> {
  const { failure } = context.host();
  const count = (failure?.count ?? 0) + 1;
  await context.changeHost({ failure: { count, sentence, again, noted: Date.now() } });
  const until = new Date(again).toISOString();
  if (!isSameReason(failure?.sentence, sentence)) {
    context.log.warning(
      `${sentence} All certificates stay in use, and the CA is asked again after ${until}.`,
    );
  }
  return 'stop';
}
