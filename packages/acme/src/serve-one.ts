import { rm } from 'node:fs/promises';
import { type Domain, namesOf } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Context } from './context.ts';
import { describeTask, describeUntouched } from './describe-site.ts';
import { adviserOf } from './follow-advice.ts';
import { endOfHold } from './hold.ts';
import { recentFailures } from './ledger.ts';
import { lookAtNames } from './look-at-names.ts';
import { createLooks } from './looks.ts';
import { makePlan, type Plan } from './plan.ts';
import { serveSite } from './serve-site.ts';
import type { SiteFacts } from './site-facts.ts';
import { writeStatus } from './write-status.ts';

/** After so many in an hour, also a person has to wait. */
const mostFailures = 4;

/**
 * One site now: a person asked for it, so its own waiting time does not count. What the CA has said does.
 *
 * @throws FreeholdError saying why it has no new certificate, where one is due.
 */
export async function serveOne(context: Context, domain: Domain): Promise<void> {
  const { layout, store } = context;
  if (!(await store.isSite(domain))) throw new FreeholdError(store.whyNoSite(domain));
  const site = await adviserOf(context)(await store.readSite(domain, Date.now()));
  try {
    await serve(context, site);
  } finally {
    context.signal.throwIfAborted();
    const now = Date.now();
    await writeStatus(context, planOf(context, await store.readSite(domain, now), now));
    // When the site is looked at again is for --all to say.
    await rm(layout.next, { force: true });
  }
}

async function serve(context: Context, site: SiteFacts): Promise<void> {
  const { store, log } = context;
  const { domain } = site;
  const { failure, ...state } = site.state;
  const now = Date.now();
  // Let's Encrypt takes five failures of a name in an hour.
  const isLimited = recentFailures(context.host().ledger, domain, now) >= mostFailures;
  const { tasks, untouched } = planOf(context, isLimited ? site : { ...site, state }, now);
  const [task] = tasks;
  if (!task) {
    for (const one of untouched) log.info(`${domain}: ${describeUntouched(one)}`);
    return;
  }
  const sentence = `${domain}: ${describeTask(task, context.host(), now)}`;
  const isGood = task.kind === 'renew' && task.at > now && !failure;
  if (isGood && !(await hasNewName(context, site))) return log.info(sentence);
  if (task.at > now && !isGood) throw new FreeholdError(sentence);
  // What was noted about the site stays on disk until this run knows better.
  const own = { ...task, site };
  if ((await serveSite(context, own, () => createLooks(context).take(own))) === 'done') return;
  const after = (await store.readSite(domain, now)).state;
  const other = after.order?.failures === 0 ? undefined : after.reported;
  const reason =
    after.failure?.sentence ??
    context.host().failure?.sentence ??
    other ??
    'The CA is still processing the order.';
  throw new FreeholdError(`${domain} has no new certificate. ${reason}`);
}

/** Whether www. points to this host now, and the certificate is older. */
async function hasNewName(context: Context, site: SiteFacts): Promise<boolean> {
  const { failure, limited } = context.host();
  const now = Date.now();
  if ([failure, limited[site.registered]].some((hold) => endOfHold(hold, now) > now)) return false;
  const covered = site.certificate?.names ?? [];
  if (covered.includes(namesOf(site.domain)[1])) return false;
  const found = await lookAtNames(context, site, { identities: undefined });
  return found.kind === 'order' && !found.names.every((name) => covered.includes(name));
}

function planOf({ settings, host }: Context, site: SiteFacts, now: number): Plan {
  return makePlan({ sites: [site], host: host(), directory: settings.directory, now });
}
