// All that is due, in the order of service; then a note for each site, and when to look again.
import type { Domain } from '@freehold/core/domain';
import { writeAtomic } from '@freehold/core/write-atomic';
import { awaitAnnounced } from './await-announced.ts';
import type { Context } from './context.ts';
import { type Adviser, adviserOf } from './follow-advice.ts';
import { createLooks } from './looks.ts';
import { makePlan, nextRun, type Plan } from './plan.ts';
import { fractionOf } from './renewal-time.ts';
import { serveSite } from './serve-site.ts';
import type { SiteFacts } from './site-facts.ts';
import { removeOtherStatus, writeStatus } from './write-status.ts';

export async function serveAll(context: Context): Promise<void> {
  const { layout, store, signal } = context;
  await awaitAnnounced({ layout, store, signal });
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
  await removeOtherStatus(context, sites);
  const next = nextRun(plan.tasks, { now: Date.now(), spread: fractionOf(context.account.thumbprint) });
  await writeAtomic(layout.next, `${Math.ceil(next / 1000)}\n`);
}

/** Tells whether it did anything, so that there may be more. */
async function servePass(
  context: Context,
  { sites, served }: { sites: Map<Domain, SiteFacts>; served: Set<Domain> },
): Promise<boolean> {
  const looks = createLooks(context);
  for (let did = false; ; did = true) {
    context.signal.throwIfAborted();
    const due = planFor(context, sites).tasks.filter(
      ({ site, at }) => at <= Date.now() && !served.has(site.domain),
    );
    if (due.length === 0) return did;
    const task = await looks.first(due);
    const { domain } = task.site;
    served.add(domain);
    const result = await serveSite(context, task, () => looks.take(task));
    sites.set(domain, await context.store.readSite(domain, Date.now()));
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
  const { store } = context;
  const now = Date.now();
  const fresh = (await store.listSites()).filter((domain) => !sites.has(domain));
  for await (const site of store.readSites(fresh, now)) {
    if (site.state.seen === now) await store.writeSite(site.domain, site.state);
    sites.set(site.domain, await advise(site));
  }
}
