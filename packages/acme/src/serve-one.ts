import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Context } from './context.ts';
import { describeTask, describeUntouched } from './describe-site.ts';
import { followAdvice } from './follow-advice.ts';
import { makePlan } from './plan.ts';
import { serveSite } from './serve-site.ts';
import { readSite } from './site-facts.ts';

/**
 * One site now: a person asked for it, so its own waiting time does not count. What the CA has said does.
 *
 * @throws FreeholdError saying why it has no new certificate, where one is due.
 */
export async function serveOne(context: Context, domain: Domain): Promise<void> {
  const { layout, log, settings } = context;
  await access(join(layout.domains, domain)).catch(() => {
    throw new FreeholdError(
      `${domain} has no data on this host: there is no ${join(layout.domains, domain)}.`,
    );
  });
  const site = await followAdvice(context, await readSite(layout, domain, Date.now()));
  const { failure, ...state } = site.state;
  const isLimited = failure?.kind === 'order' && failure.again > Date.now();
  const asked = isLimited ? site : { ...site, state };
  const options = { host: context.host(), directory: settings.directory, now: Date.now() };
  const { tasks, untouched } = makePlan({ sites: [asked], ...options });
  const [task] = tasks;
  if (!task) {
    for (const one of untouched) log.info(`${domain}: ${describeUntouched(one)}`);
    return;
  }
  if (task.kind === 'renew' && task.at > Date.now() && !failure) {
    log.info(`${domain}: ${describeTask(task, context.host(), Date.now())}`);
    return;
  }
  if (task.at > Date.now())
    throw new FreeholdError(`${domain}: ${describeTask(task, context.host(), Date.now())}`);
  // What was noted about the site stays on disk until this run knows better.
  if ((await serveSite(context, { ...task, site })) === 'done') return;
  const { state: now } = await readSite(layout, domain, Date.now());
  const reason =
    now.failure?.sentence ?? context.host().failure?.sentence ?? 'The CA is still at work on it.';
  throw new FreeholdError(`${domain} has no new certificate. ${reason}`);
}
