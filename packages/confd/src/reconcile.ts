// Makes HAProxy serve what is desired, with the least that is needed: nothing, a few commands to the
// running worker, or new files and a reload.
import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import { type Answer, type FileSet, publish, readFiles, sameFiles, writeFiles } from '@freehold/core/publish';
import type { Haproxy } from './haproxy-socket.ts';
import { createLiveUpdater } from './live-update.ts';
import { logChanges } from './log-changes.ts';
import { bare, createRefusals } from './refusals.ts';
import { type Desired, type Layout, renderFiles } from './render.ts';
import type { Site, Sites } from './site.ts';

/**
 * `done`: HAProxy serves it. `untidy`: it does, some sites from spare backends; a reload is due when
 * things are calm. `waiting`: it does not yet; try again.
 */
export type Outcome = 'done' | 'untidy' | 'waiting';

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
    let most = Number.POSITIVE_INFINITY;
    for (;;) {
      const whole = { ...desired, sites: refusals.withhold(desired.sites) };
      const changed = changesBetween(inForce?.desired.sites, whole.sites);
      const some = changed.slice(0, most);
      const next = some.length < changed.length ? onlySome(whole, some) : whole;
      const files = renderFiles(next, layout);
      const answer = await bringIntoForce(next, files, tidy);
      if (answer.kind === 'absent') return wait(whole);
      if (answer.kind === 'accepted') {
        settle(next, files);
        if (next === whole) return live.isTidy() ? 'done' : 'untidy';
        most = Number.POSITIVE_INFINITY;
      } else if (refusals.addNamed({ reason: answer.reason, files, sites: next.sites }) === 0) {
        // Nobody is named: the changes are tried by halves, down to the one at fault.
        const [first] = some;
        const only = first && next.sites.get(first);
        if (some.length > 1) most = Math.ceil(some.length / 2);
        else if (only) refusals.add(only, answer.reason);
        else return giveUp(answer.reason);
      }
    }
  }

  async function bringIntoForce(next: Desired, files: FileSet, tidy: boolean): Promise<Answer> {
    if (inForce && sameFiles(files, inForce.files) && (!tidy || live.isTidy())) return { kind: 'accepted' };
    if (!(await haproxy.isThere())) return { kind: 'absent', reason: 'its master takes no connections' };
    if (!tidy && (await updatedLive(next, files))) return { kind: 'accepted' };
    const answer = await publish(files, () => haproxy.reload());
    if (answer.kind === 'accepted') live.reset();
    return answer;
  }

  /** Where a reload can be spared, the files are written for the next start, and the worker is told. */
  async function updatedLive(next: Desired, files: FileSet): Promise<boolean> {
    if (!inForce || inForce.desired.complete !== next.complete) return false;
    if (inForce.desired.defaultCertificate?.fingerprint !== next.defaultCertificate?.fingerprint)
      return false;
    const plan = live.plan(inForce.desired.sites, next.sites);
    if (!plan) return false;
    await writeFiles(inForce.files, files);
    return live.carryOut(plan);
  }

  function settle(next: Desired, files: FileSet): void {
    if (absentSince !== undefined) log.notice('HAProxy answers again.');
    absentSince = undefined;
    logChanges(log, inForce?.desired.sites, next.sites);
    inForce = { desired: next, files };
    lastGood = files;
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
    return 'waiting';
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

function isSame(one: Site | undefined, other: Site): boolean {
  return one === other || (one !== undefined && JSON.stringify(one) === JSON.stringify(other));
}
