// Makes HAProxy serve what is desired, with the least that is needed: nothing, a few commands to the
// running worker, or new files and a reload.
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import { type Answer, type FileSet, publish, readFiles, sameFiles, writeFiles } from '@freehold/core/publish';
import type { Desired, Layout } from './desired.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { removeOtherHopKeys, storeHopKeys } from './hop-keys.ts';
import { createLiveUpdater } from './live-update.ts';
import { logChanges } from './log-changes.ts';
import { bare, createRefusals } from './refusals.ts';
import { renderFiles } from './render.ts';
import type { Site, Sites } from './site.ts';

/**
 * `done`: HAProxy serves it. `untidy`: it does, some sites from spare backends; a reload is due when
 * things are calm. `waiting`: it is not there; try again. `refused`: it took none of it, through no
 * fault of a site; the last good files are in force.
 */
export type Outcome = 'done' | 'untidy' | 'waiting' | 'refused';

/** How long an absent HAProxy is given to start on files that it once accepted, in milliseconds. */
const patienceMs = 5000;

export function createReconciler(options: {
  layout: Layout;
  haproxy: Haproxy;
  log: Log;
  /** Publish at once even where HAProxy is not there to say whether it accepts. */
  unattended?: boolean;
}) {
  const { layout, haproxy, log, unattended = false } = options;
  const refusals = createRefusals(log);
  const live = createLiveUpdater(haproxy, join(layout.folder, 'hosts.map'));
  let inForce: { desired: Desired; files: FileSet } | undefined;
  let lastGood: FileSet | undefined;
  let absentSince: number | undefined;
  let lastRefusal = '';

  /** With `tidy`, what was done without a reload is followed by one, so that each site has its own backend. */
  async function reconcile(desired: Desired, tidy = false): Promise<Outcome> {
    if (desired.hopKeys) await storeHopKeys(desired.hopKeys);
    let most = Number.POSITIVE_INFINITY;
    let blameless = false;
    for (;;) {
      const whole = { ...desired, sites: refusals.withhold(desired.sites) };
      const changed = changesBetween(inForce?.desired.sites, whole.sites);
      const some = changed.slice(0, most);
      const next = some.length < changed.length ? onlySome(whole, some) : whole;
      const files = renderFiles(next, layout);
      const answer = await bringIntoForce(next, files, most === 0 || (tidy && !live.isTidy()));
      if (answer.kind === 'absent') return wait(whole);
      if (answer.kind === 'accepted') {
        await settle(next, files);
        if (next === whole) return live.isTidy() ? 'done' : 'untidy';
        // What was in force before is not at fault: one of the changes is.
        blameless ||= most === 0;
        most = most === 0 ? Math.ceil(changed.length / 2) : Number.POSITIVE_INFINITY;
        continue;
      }
      const { reason } = answer;
      if (refusals.addNamed({ reason, files, sites: next.sites }) > 0) continue;
      // Nobody is named: if HAProxy takes what it had, the changes are tried by halves, down to the one at fault.
      const only = some[0] && next.sites.get(some[0]);
      if (some.length === 0 || most === 0) return giveUp(reason);
      if (!blameless) most = 0;
      else if (some.length > 1) most = Math.ceil(some.length / 2);
      else if (!only || !refusals.add(only, reason)) return giveUp(reason);
    }
  }

  async function bringIntoForce(next: Desired, files: FileSet, byReload: boolean): Promise<Answer> {
    if (!byReload && inForce && sameFiles(files, inForce.files)) return { kind: 'accepted' };
    if (!(await haproxy.isThere())) return { kind: 'absent', reason: 'its master takes no connections' };
    if (!byReload && (await updatedLive(next, files))) return { kind: 'accepted' };
    const answer = await publish(files, () => haproxy.reload(), lastGood);
    if (answer.kind === 'accepted') live.reset();
    return answer;
  }

  /** Where a reload can be spared, the files are written for the next start, and the worker is told. */
  async function updatedLive(next: Desired, files: FileSet): Promise<boolean> {
    if (!inForce || inForce.desired.complete !== next.complete) return false;
    if (inForce.desired.defaultCertificate?.fingerprint !== next.defaultCertificate?.fingerprint)
      return false;
    if (next.hopKeys?.certificatePath !== inForce.desired.hopKeys?.certificatePath) return false;
    if (!sameHosts(next, inForce.desired)) return false;
    const plan = live.plan(inForce.desired.sites, next.sites);
    if (!plan) return false;
    await writeFiles(inForce.files, files);
    return live.carryOut(plan);
  }

  async function settle(next: Desired, files: FileSet): Promise<void> {
    if (absentSince !== undefined) log.notice('HAProxy answers again.');
    absentSince = undefined;
    logChanges(log, inForce?.desired.sites, next.sites);
    const renewed = next.hopKeys?.certificatePath !== inForce?.desired.hopKeys?.certificatePath;
    inForce = { desired: next, files };
    lastGood = files;
    if (next.hopKeys && renewed) await removeOtherHopKeys(next.hopKeys);
    lastRefusal = '';
  }

  /** What is in force, with some of the changes. */
  function onlySome(whole: Desired, some: readonly Domain[]): Desired {
    const before = inForce?.desired ?? {
      ...whole,
      sites: new Map([...whole.sites].map(([name, site]) => [name, bare(site)])),
    };
    const sites = new Map(before.sites);
    for (const domain of some) {
      const site = whole.sites.get(domain);
      if (site) sites.set(domain, site);
      else sites.delete(domain);
    }
    return { ...before, sites };
  }

  function giveUp(reason: string): Outcome {
    if (reason !== lastRefusal)
      log.error(`HAProxy refused its files, the last good ones are in force: ${reason}`);
    lastRefusal = reason;
    return 'refused';
  }

  /**
   * HAProxy is not there. It may be about to start on the files that are there, which it accepted
   * once: it gets the time. After that the new ones, which nothing has tried yet, and so in turns,
   * so that neither a fault in them nor one in the old ones keeps it down for good.
   */
  async function wait(whole: Desired): Promise<Outcome> {
    const files = renderFiles(whole, layout);
    const onDisk = await readFiles([...files.keys()]);
    lastGood ??= onDisk;
    inForce = undefined;
    if (absentSince === undefined) log.notice('HAProxy is not there yet; it is told when it is.');
    absentSince ??= Date.now();
    const turn = Math.floor(Math.log2(1 + (Date.now() - absentSince) / patienceMs));
    const untried = unattended || turn % 2 === 1 || lastGood.size < files.size;
    await writeFiles(onDisk, untried ? files : lastGood);
    return 'waiting';
  }

  return reconcile;
}

/** Domains whose site is new, gone or different. */
function changesBetween(before: Sites | undefined, after: Sites): Domain[] {
  const changed = [...after.values()].filter((site) => !isSame(before?.get(site.domain), site));
  const gone = [...(before?.keys() ?? [])].filter((domain) => !after.has(domain));
  return [...changed.map(({ domain }) => domain), ...gone];
}

/** A host that dies or comes back changes all its sites at once, and the checks of it. */
function sameHosts({ others: one = new Map() }: Desired, { others: other = new Map() }: Desired): boolean {
  return one.size === other.size && [...one].every(([host, ip]) => other.has(host) && other.get(host) === ip);
}

function isSame(one: Site | undefined, other: Site): boolean {
  return one === other || (one !== undefined && JSON.stringify(one) === JSON.stringify(other));
}
