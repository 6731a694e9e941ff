// All that is due, in the order of service; then a note for each site, and when to look again.
import type { Domain } from '@freehold/core/domain';
import { writeAtomic } from '@freehold/core/write-atomic';
import { awaitAnnounced } from './await-announced.ts';
import type { Context } from './context.ts';
import { type Adviser, adviserOf } from './follow-advice.ts';
import { listSites } from './list-sites.ts';
import { makePlan, nextRun, type Plan } from './plan.ts';
import { fractionOf } from './renewal-time.ts';
import { serveSite } from './serve-site.ts';
import { readSite, type SiteFacts } from './site-facts.ts';
import { writeState } from './state.ts';
import { removeOtherStatus, writeStatus } from './write-status.ts';

export async function serveAll(context: Context): Promise<void> {
  const { layout } = context;
  await awaitAnnounced(layout, context.signal);
  const served = new Set<Domain>();
  const sites = new Map<Domain, SiteFacts>();
  const advise = adviserOf(context);
  for (let go = true; go; ) {
    await readSites(context, { sites, advise });
    // A pass works on what is known at its begin; sites that are added meanwhile are for the next one.
    go = await servePass(context, { sites, served });
  }
  const plan = planFor(context, sites);
  await writeStatus(context, plan);
  await removeOtherStatus(context.layout, sites);
  const next = nextRun(plan.tasks, { now: Date.now(), spread: fractionOf(context.account.thumbprint) });
  await writeAtomic(layout.next, `${Math.ceil(next / 1000)}\n`);
}

/** Tells whether it did anything, so that there may be more. */
async function servePass(
  context: Context,
  { sites, served }: { sites: Map<Domain, SiteFacts>; served: Set<Domain> },
): Promise<boolean> {
  for (let did = false; ; did = true) {
    context.signal.throwIfAborted();
    const due = planFor(context, sites).tasks.find(
      ({ site, at }) => at <= Date.now() && !served.has(site.domain),
    );
    if (!due) return did;
    const { domain } = due.site;
    served.add(domain);
    const result = await serveSite(context, due);
    sites.set(domain, await readSite(context.layout, domain, Date.now()));
    if (result === 'stop') return false;
  }
}

function planFor({ settings, host }: Context, sites: ReadonlyMap<Domain, SiteFacts>): Plan {
  return makePlan({
    sites: [...sites.values()],
    host: host(),
    directory: settings.directory,
    now: Date.now(),
  });
}

/** Reads those that are new; the first look at a site is noted, since it decides about its place. */
async function readSites(
  context: Context,
  { sites, advise }: { sites: Map<Domain, SiteFacts>; advise: Adviser },
): Promise<void> {
  const { layout } = context;
  const now = Date.now();
  for (const domain of await listSites(layout)) {
    if (sites.has(domain)) continue;
    const site = await readSite(layout, domain, now);
    if (site.state.seen === now) await writeState(layout.siteState(domain), site.state);
    sites.set(domain, await advise(site));
  }
}
