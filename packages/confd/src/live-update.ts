// Most changes need no reload. The running worker is told through its socket: addresses are set, certificates are loaded,
// the names of a new site are mapped to one of the spare backends that every configuration has, those of a removed one are
// taken out of the maps. The next reload gives each site a backend of its own name.
import { join } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import { changeCertificate, replaceCertificate, type Texts } from './live-certificate.ts';
import { type MapChange, planSite, type ServerChange, type SitePlan } from './live-plan.ts';
import { spareNames } from './render-haproxy-cfg.ts';
import { readServersState, type ServerState } from './servers-state.ts';
import type { Sites } from './site.ts';
import type { WorkerSocket } from './worker-mark.ts';

/** With more sites to change than this, one reload is less work. */
const most = 500;

export interface LivePlans {
  readonly plans: readonly SitePlan[];
  /** Sites that take a reload. */
  readonly left: readonly Domain[];
}

/** Follows one worker from reload to reload. `folder` is the path by which HAProxy knows the folder of its files. */
export function createLiveUpdater(haproxy: WorkerSocket, folder: string) {
  let taken = new Map<Domain, string>();
  let free = [...spareNames];

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

  /** Tells the worker, then looks whether it has done so; false means: reload instead. */
  async function carryOut(plans: readonly SitePlan[], texts: Texts): Promise<boolean> {
    const servers = plans.flatMap((one) => one.servers);
    const removed = plans.filter(({ certificate }) => certificate?.kind === 'remove');
    // Whatever comes of it, the worker may know a site by its spare backend from now on.
    for (const { domain, spare } of plans) if (spare !== undefined) reserve(domain, spare);
    try {
      if (servers.length > 0) await haproxy.command(servers.flatMap(commandsFor));
      for (const { certificate } of plans)
        if (certificate && certificate.kind !== 'remove')
          if (!(await changeCertificate(haproxy, { change: certificate, crtList, texts }))) return false;
      const maps = plans.flatMap((one) => one.maps.map(mapCommand));
      // A map command answers with words only if it failed.
      if (maps.length > 0 && (await haproxy.command(maps)).trim() !== '') return false;
      for (const { certificate } of removed)
        if (certificate && !(await changeCertificate(haproxy, { change: certificate, crtList, texts })))
          return false;
      if (!(await areInForce(servers))) return false;
      for (const { domain, gone } of plans) if (gone) release(domain);
      return true;
    } catch {
      return false;
    }
  }

  async function areInForce(changes: readonly ServerChange[]): Promise<boolean> {
    if (changes.length === 0) return true;
    const backends = [...new Set(changes.map(({ backend }) => backend))];
    const state = await haproxy.command(backends.map((name) => `show servers state ${name}`));
    const servers = readServersState(state);
    return changes.every((one) => isInForce(servers.get(`${one.backend}/${one.server}`), one));
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
    /** Has the worker load a certificate anew that is not a site's. */
    replace: (certificate: Certificate, texts: Texts): Promise<boolean> =>
      replaceCertificate(haproxy, certificate, texts).catch(() => false),
    /** After a reload each site has a backend of its own, and all spares are free. */
    reset() {
      taken = new Map();
      free = [...spareNames];
    },
    /** Whether half of the spare backends are taken. */
    isShort: () => free.length * 2 <= spareNames.length,
  };
}

function commandsFor({ backend, server, address, tracks }: ServerChange): string[] {
  const name = `${backend}/${server}`;
  if (!address) return [`set server ${name} state maint`];
  return [
    `set server ${name} addr ${address.ip} port ${address.port}`,
    ...(tracks ? [] : [`set server ${name} health up`]),
    `set server ${name} state ready`,
  ];
}

function isInForce(state: ServerState | undefined, { address }: ServerChange): boolean {
  if (!state) return false;
  if (!address) return state.maintenance;
  return !state.maintenance && state.ip === address.ip && state.port === address.port;
}
