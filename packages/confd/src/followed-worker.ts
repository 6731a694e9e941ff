// The worker of HAProxy that has been told what is served. Whoever has HAProxy reloaded or restarted makes another one,
// of which only what is in the files is known.
import { join } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { Desired, Layout } from './desired.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { readLines } from './live-certificate.ts';
import type { SitePlan } from './live-plan.ts';
import { createLiveUpdater } from './live-update.ts';
import { type Site, type Sites, sameBackends } from './site.ts';
import { createWorkerMark } from './worker-mark.ts';

export interface Told {
  /** Sites that are served as they should be now. */
  readonly done: readonly Domain[];
  /** Sites that wait for a reload, as they are served now: with other addresses. */
  readonly moved: readonly Site[];
  /** Whether a certificate was taken out, whose file is gone or broken. */
  readonly withoutFile: boolean;
  /** Whether a certificate's file is not the one any more that was found valid. */
  readonly unsettled: boolean;
}

export function createFollowedWorker(options: {
  layout: Layout;
  haproxy: Haproxy;
  log: Log;
  signal?: AbortSignal | undefined;
}) {
  const { layout, haproxy, log, signal } = options;
  const mark = createWorkerMark(haproxy, join(layout.folder, 'hosts.map'), signal);
  const live = createLiveUpdater(mark.marked, layout.folder);
  let known = false;
  let isMarked = false;
  let hosts: NonNullable<Desired['others']> = new Map();
  /** What takes a reload: sites, or a certificate that is no site's. */
  const left = new Set<Domain | 'default'>();

  /**
   * Whether the worker that runs now is the one that was told. One that has started since the files on disk say all that
   * is served, as `filesSince` gives it (0: they do not), is as good as that. Any other is `replaced` when it is seen
   * first, and `unknown` after that.
   */
  async function check(
    filesSince: () => Promise<number>,
  ): Promise<'known' | 'replaced' | 'unknown' | 'absent'> {
    if (known && (await mark.isThere().catch(() => false))) return 'known';
    signal?.throwIfAborted();
    const wasMarked = known && isMarked;
    forget();
    if (!(await haproxy.isThere())) return 'absent';
    const since = await filesSince();
    const fresh = since > 0 && (await startOf(haproxy)) > since;
    if (wasMarked || fresh)
      log.notice(
        `HAProxy was reloaded or restarted by somebody else${fresh ? '' : ', and is reloaded, as its files were behind'}.`,
      );
    if (fresh) {
      await adopt();
      return 'known';
    }
    return wasMarked ? 'replaced' : 'unknown';
  }

  /** Whether the worker has new files or is gone is not known: another one may run on anything. */
  function forget(): void {
    known = false;
    isMarked = false;
  }

  /** The worker that runs now has started on files that say all that is served. */
  async function adopt(others: Desired['others'] = hosts): Promise<void> {
    hosts = others;
    live.reset();
    left.clear();
    // If it cannot be marked, the next change finds that.
    isMarked = await mark.set().catch(() => false);
    known = true;
  }

  async function tell(domains: readonly Domain[], around: { before: Sites; after: Sites }): Promise<Told> {
    const told = await tellOpen(domains, around);
    return { ...told, moved: await moveWaiting(domains, around) };
  }

  /** A site that waits for a reload, on the same hosts as before, gets its addresses all the same. */
  async function moveWaiting(
    domains: readonly Domain[],
    { before, after }: { before: Sites; after: Sites },
  ): Promise<Site[]> {
    const sites = new Map<Domain, Site>();
    for (const domain of domains) {
      const [past, next] = [before.get(domain), after.get(domain)];
      if (left.has(domain) && past && next && !sameBackends(past, next))
        sites.set(domain, { ...past, backends: next.backends });
    }
    if (sites.size === 0) return [];
    const moved = { before, after: new Map([...before, ...sites]), hosts: new Set(hosts.keys()) };
    const { plans } = live.plan([...sites.keys()], moved);
    if (!(await live.carryOut(plans, new Map()))) return [];
    return plans.flatMap(({ domain }) => sites.get(domain) ?? []);
  }

  async function tellOpen(
    domains: readonly Domain[],
    { before, after }: { before: Sites; after: Sites },
  ): Promise<Omit<Told, 'moved'>> {
    const open = domains.filter((domain) => !left.has(domain));
    const planned = live.plan(open, { before, after, hosts: new Set(hosts.keys()) });
    for (const domain of planned.left) left.add(domain);
    const texts = new Map<string, readonly string[]>();
    const plans: SitePlan[] = [];
    for (const plan of planned.plans) {
      const { certificate: change } = plan;
      const lines = change && change.kind !== 'remove' ? await readLines(change.certificate) : [];
      if (!lines) continue;
      if (change) texts.set(change.certificate.path, lines);
      plans.push(plan);
    }
    const unsettled = plans.length < planned.plans.length;
    if (plans.length === 0) return { done: [], withoutFile: false, unsettled };
    const told = plans.map(({ domain }) => domain);
    if (await live.carryOut(plans, texts)) {
      const withoutFile = plans.some(({ certificate }) => certificate?.kind === 'remove');
      return { done: told, withoutFile, unsettled };
    }
    signal?.throwIfAborted();
    log.notice(`HAProxy did not take all changes at run time, and is reloaded: ${shortened(told)}.`);
    for (const domain of told) left.add(domain);
    return { done: [], withoutFile: false, unsettled };
  }

  async function replaceDefault(certificate: Certificate): Promise<boolean> {
    const lines = await readLines(certificate);
    if (!lines) return false;
    const done = await live.replace(certificate, new Map([[certificate.path, lines]]));
    if (!done) left.add('default');
    return done;
  }

  return {
    check,
    forget,
    adopt,
    tell,
    replaceDefault,
    isKnown: () => known,
    /** Whether something could not be told, or spare backends get short. */
    needsReload: () => !known || left.size > 0 || live.isShort(),
  };
}

function shortened(domains: readonly Domain[]): string {
  return domains.length > 5 ? `${domains.length} sites` : domains.join(', ');
}

/** The second in which the worker started, before it read its files, in milliseconds since 1970. */
async function startOf(haproxy: Haproxy): Promise<number> {
  const info = await haproxy.command(['show info']).catch(() => '');
  return Number(info.match(/^Start_time_sec: (\d+)$/m)?.[1] ?? 0) * 1000;
}
