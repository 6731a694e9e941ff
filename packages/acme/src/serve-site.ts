// One task for one site, from the look at its names to the certificate in its place. Each step is on disk before the next
// begins, so that the next run continues where this one was killed.
import { FreeholdError } from '@freehold/core/error';
import acme from 'acme-client';
import type { Ca } from './ca.ts';
import { CaError } from './ca-error.ts';
import type { Choice } from './choose-names.ts';
import { faultOfClock } from './clock.ts';
import type { Context } from './context.ts';
import { ClaimedError } from './install-certificate.ts';
import { hourMs, withOrder } from './ledger.ts';
import {
  currentState,
  dropOrder,
  holdOrder,
  noteFailure,
  noteHostFailure,
  noteLost,
  noteOutcome,
  noteRefusal,
} from './note-failure.ts';
import { type OrderPayload, orderPayload } from './order-payload.ts';
import type { Task } from './plan.ts';
import { runOrder } from './run-order.ts';
import { claimOf, type SiteFacts } from './site-facts.ts';
import type { PendingOrder } from './state.ts';

/** `stop`: nothing more is to be asked of the CA in this run. */
export type Result = 'done' | 'failed' | 'stop';

/**
 * @param look gives what was seen of the site's names.
 * @throws FreeholdError if what is found out cannot be written down, as on a full disk; whatever the signal says when it aborts.
 */
export async function serveSite(context: Context, task: Task, look: () => Promise<Choice>): Promise<Result> {
  // Others were served since the plan was made: meanwhile a person may have installed a certificate.
  const site = await context.store.readSite(task.site.domain, Date.now());
  if (claimOf(site)) return 'failed';
  try {
    const order =
      task.kind === 'continue' ? site.state.order : await beginOrder(context, { ...task, site }, look);
    if (order === undefined) return 'failed';
    if (order === 'stop') return 'stop';
    return await advance(context, site, order);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof CaError) return noteRefusal(context, site, error);
    if (error instanceof ClaimedError) return dropOrder(context, site, error);
    if (error instanceof FreeholdError) return holdOrder(context, site, error);
    throw error;
  }
}

/** Makes an order, if it would succeed. */
async function beginOrder(
  context: Context,
  { kind, site }: Task,
  look: () => Promise<Choice>,
): Promise<PendingOrder | undefined | 'stop'> {
  const { settings, store, log } = context;
  const { domain, registered, certificate } = site;
  const { directory } = settings;
  const ca = await context.connect(directory);
  const clock = faultOfClock(ca.clockOffset);
  if (clock) return noteHostFailure(context, { sentence: clock, again: Date.now() + hourMs });
  const found = await look();
  if (found.kind === 'wait') {
    await noteFailure(context, site, { kind: 'preflight', sentence: found.fault });
    return undefined;
  }
  for (const note of found.notes) log.notice(`The certificate of ${domain}: ${note}`);
  const { names } = found;
  const payload = orderPayload({
    names,
    certificate,
    settings,
    directory: ca.directory,
    renews: kind === 'renew',
  });
  const renewal = kind === 'renew';
  const key = (await acme.crypto.createPrivateEcdsaKey()).toString();
  // Counted before it is made: a kill in between costs one of the budget, and not the account.
  const entry = { at: Date.now(), domain, registered, renewal };
  await context.changeHost({ ledger: [...withOrder(context.host().ledger, entry)] });
  const reply = await context.withAccount(directory, (connection, url) => newOrder(connection, url, payload));
  const order = {
    directory,
    url: reply.location,
    names: [...names],
    key,
    renewal,
    made: Date.now(),
    failures: 0,
    again: 0,
    noted: 0,
  };
  const state = { ...(await currentState(context, domain)), order };
  await store.writeSite(domain, state);
  log.info(`Ordered a certificate for ${names.join(' and ')}.`);
  return order;
}

/** Where the CA refuses an order that replaces a certificate, one that replaces nothing is made. */
async function newOrder(ca: Ca, accountUrl: string, payload: OrderPayload) {
  try {
    return await ca.newOrder(accountUrl, payload);
  } catch (error) {
    const { replaces, ...rest } = payload;
    if (!replaces || !mayBeAboutReplaces(error)) throw error;
    return ca.newOrder(accountUrl, rest);
  }
}

/**
 * CAs refuse it in many ways: Boulder answers 409 to one that was replaced already and 403 to one of another account, as of a
 * site that has moved, and pebble 500 to one that it does not know.
 */
function mayBeAboutReplaces(error: unknown): boolean {
  if (!(error instanceof CaError) || error.status === undefined || error.status < 400) return false;
  return !['rateLimited', 'badNonce', 'accountDoesNotExist'].includes(error.type ?? '');
}

/** Brings an order as far as it goes, and installs what comes of it. */
async function advance(context: Context, site: SiteFacts, order: PendingOrder): Promise<Result> {
  const { store, log, signal } = context;
  const { domain } = site;
  const { directory, key } = order;
  const outcome = await context.withAccount(directory, (ca, accountUrl) =>
    runOrder({ ca, accountUrl, order, signal }),
  );
  const { order: _, ...state } = await currentState(context, domain);
  if (outcome.kind === 'pending') {
    const sentence = `The CA is still processing the order for ${domain}; acme continues later.`;
    const still = { ...order, failures: 0, again: outcome.again, noted: Date.now() };
    await store.writeSite(domain, { ...state, order: still, reported: sentence });
    if (state.reported !== sentence) log.info(sentence);
    return 'failed';
  }
  if (outcome.kind === 'lost') return noteLost(context, site, order);
  if (outcome.kind === 'failed') {
    await noteOutcome(context, domain, 'failed');
    await noteFailure(context, site, {
      kind: 'order',
      sentence: `The CA refused ${domain}: ${outcome.reason}.`,
    });
    return 'failed';
  }
  await store.install({ domain, chain: outcome.chain, key, directory });
  await noteOutcome(context, domain, 'issued');
  await store.writeSite(domain, { seen: state.seen });
  await context.changeHost({ failure: undefined });
  const { certificate } = await store.readSite(domain, Date.now());
  const until = new Date(certificate?.validity.end ?? 0).toISOString();
  log.notice(`${domain} has a new certificate from ${certificate?.issuer}, valid until ${until}.`, {
    names: order.names.join(','),
  });
  return 'done';
}
