// Most changes need no reload. The running worker is told through its socket: addresses are set, certificates are loaded,
// the names of a new site are mapped to one of the spare backends that every configuration has, those of a removed one are
// taken out of the maps. The next reload gives each site a backend of its own name.
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import { changeCertificate, type Texts } from './live-certificate.ts';
import { type MapChange, planSite, type SitePlan } from './live-plan.ts';
import { setServers } from './live-servers.ts';
import { createLoadedCertificates } from './loaded-certificates.ts';
import { spareNames } from './render-haproxy-cfg.ts';
import type { Sites } from './site.ts';
import type { Ask } from './worker-connection.ts';
import type { MarkedWorker } from './worker-mark.ts';

/** With more sites to change than this, one reload is less work. */
const most = 500;

export interface LivePlans {
  readonly plans: readonly SitePlan[];
  /** Sites that take a reload. */
  readonly left: readonly Domain[];
}

/**
 * Follows one worker from reload to reload. `folder` is the path by which HAProxy knows the folder of its files. The signal
 * ends the wait for a worker that is busy.
 */
export function createLiveUpdater(worker: MarkedWorker, folder: string, signal?: AbortSignal) {
  let taken = new Map<Domain, string>();
  let free = [...spareNames];
  const loaded = createLoadedCertificates(folder);

  /** How to get these sites from one state to the other without a reload, as far as that is possible. */
  function plan(
    domains: readonly Domain[],
    around: { before: Sites; after: Sites; hosts: ReadonlySet<string> },
  ): LivePlans {
    if (domains.length > most) return { plans: [], left: domains };
    const plans: SitePlan[] = [];
    const left: Domain[] = [];
    let used = 0;
    for (const domain of domains) {
      const planned = planSite(domain, { ...around, spare: taken.get(domain), free: free[used] });
      if (!planned) left.push(domain);
      else plans.push(planned);
      if (planned?.spare !== undefined) used += 1;
    }
    return { plans, left };
  }

  /** Tells the worker, and looks whether it has done so. Gives the sites that are served as planned; all others take a reload. */
  async function carryOut(plans: readonly SitePlan[], texts: Texts): Promise<Set<Domain>> {
    // Whatever comes of it, the worker may know a site by its spare backend from now on.
    for (const { domain, spare } of plans) if (spare !== undefined) reserve(domain, spare);
    const done = await worker.tell((ask) => tellAll(ask, plans, texts)).catch(() => []);
    for (const { domain, gone } of done) if (gone) release(domain);
    return new Set(done.map(({ domain }) => domain));
  }

  /** Each step for all sites for which the steps before have succeeded; a name leads nowhere before its server is set. */
  async function tellAll(ask: Ask, plans: readonly SitePlan[], texts: Texts): Promise<SitePlan[]> {
    const certificates = (which: 'remove' | 'other') => (plan: SitePlan) =>
      tellCertificate(ask, { plan, which, texts });
    const moved = await setServers(ask, plans, signal);
    const secured = await succeeding(moved, certificates('other'));
    const mapped = await changeMaps(ask, secured);
    return succeeding(mapped, certificates('remove'));
  }

  async function tellCertificate(
    ask: Ask,
    { plan, which, texts }: { plan: SitePlan; which: 'remove' | 'other'; texts: Texts },
  ): Promise<boolean> {
    const { certificate: change } = plan;
    if (!change || (change.kind === 'remove') !== (which === 'remove')) return true;
    return changeCertificate(ask, change, { crtList, loaded, texts });
  }

  /** A map command answers with words only if it failed. */
  async function changeMaps(ask: Ask, plans: readonly SitePlan[]): Promise<SitePlan[]> {
    const changes = plans.flatMap(({ maps }) => maps);
    if (changes.length === 0) return [...plans];
    const answers = await ask(changes.map(mapCommand));
    const failed = new Set(changes.filter((_, index) => answers[index]?.trim() !== ''));
    return plans.filter(({ maps }) => !maps.some((change) => failed.has(change)));
  }

  const crtList = join(folder, 'crt-list');

  function mapCommand({ map, kind, name, value }: MapChange): string {
    return [`${kind} map`, join(folder, map), name, ...(value === undefined ? [] : [value])].join(' ');
  }

  function reserve(domain: Domain, spare: string): void {
    taken.set(domain, spare);
    free = free.filter((name) => name !== spare);
  }

  function release(domain: Domain): void {
    const held = taken.get(domain);
    if (held === undefined) return;
    taken.delete(domain);
    free.unshift(held);
  }

  return {
    plan,
    carryOut,
    loaded,
    /** After a reload each site has a backend of its own, and all spares are free. */
    reset() {
      taken = new Map();
      free = [...spareNames];
      loaded.reset();
    },
    /** Whether half of the spare backends are taken. */
    isShort: () => free.length * 2 <= spareNames.length,
  };
}

/** Those for which it can be done, one after the other. */
async function succeeding(
  plans: readonly SitePlan[],
  doIt: (plan: SitePlan) => Promise<boolean>,
): Promise<SitePlan[]> {
  const done: SitePlan[] = [];
  for (const plan of plans) if (await doIt(plan)) done.push(plan);
  return done;
}
