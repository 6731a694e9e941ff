// The worker of HAProxy that has received the current state. Any reload or restart of HAProxy starts another worker,
// of which only what is in the files is known.
import { join } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { CertificateCopies } from './certificate-copies.ts';
import type { Desired, Layout } from './desired.ts';
import type { Haproxy } from './haproxy-socket.ts';
import type { HopKeys } from './hop-keys.ts';
import { linesOf, type Replaced, replaceCertificate, type Texts } from './live-certificate.ts';
import type { SitePlan } from './live-plan.ts';
import { createLiveUpdater } from './live-update.ts';
import { type Site, type Sites, sameBackends } from './site.ts';
import type { Ask } from './worker-connection.ts';
import { createWorkerMark } from './worker-mark.ts';

export interface Told {
  /** Sites that are served as they should be now. */
  readonly done: readonly Domain[];
  /** Sites that wait for a reload, as they are served now: with other addresses. */
  readonly moved: readonly Site[];
}

/** What of the configuration that a worker started on is no site's. */
type Common = Pick<Desired, 'others' | 'hopKeys'>;

export function createFollowedWorker(options: {
  layout: Layout;
  haproxy: Haproxy;
  copies: CertificateCopies;
  log: Log;
  signal?: AbortSignal | undefined;
}) {
  const { layout, haproxy, copies, log, signal } = options;
  const mark = createWorkerMark(haproxy, join(layout.folder, 'hosts.map'), signal);
  const live = createLiveUpdater(mark, layout.folder, signal);
  let known = false;
  let isMarked = false;
  let common: Common = {};
  /** The pair by whose paths it started: that path stays the name of the certificate in its memory. */
  let loadedHopKeys: HopKeys | undefined;
  /** What takes a reload: sites, or certificates that are no site's. */
  const left = new Set<Domain | 'default' | 'hop'>();

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
    const isAbsent = !(await haproxy.isThere());
    signal?.throwIfAborted();
    if (isAbsent) return 'absent';
    const since = await filesSince();
    const fresh = since > 0 && (await startOf(haproxy)) > since;
    if (wasMarked || fresh)
      log.notice(
        `HAProxy was reloaded or restarted by somebody else${fresh ? '' : ', and is being reloaded because its files were out of date'}.`,
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
  async function adopt(started: Common = common): Promise<void> {
    common = started;
    loadedHopKeys = started.hopKeys;
    live.reset();
    left.clear();
    // If it cannot be marked, the next change finds that.
    isMarked = await mark.set().catch(() => false);
    known = true;
  }

  const hosts = () => new Set(common.others?.keys());

  async function tell(domains: readonly Domain[], around: { before: Sites; after: Sites }): Promise<Told> {
    const open = domains.filter((domain) => !left.has(domain));
    const planned = live.plan(open, { ...around, hosts: hosts() });
    for (const domain of planned.left) left.add(domain);
    const done = await carryOut(planned.plans);
    return { done, moved: await moveWaiting(domains, around) };
  }

  async function carryOut(plans: readonly SitePlan[]): Promise<Domain[]> {
    if (plans.length === 0) return [];
    const carriedOut = await live.carryOut(plans, await readTexts(plans));
    signal?.throwIfAborted();
    const failed = plans.flatMap(({ domain }) => (carriedOut.has(domain) ? [] : [domain]));
    for (const domain of failed) left.add(domain);
    if (failed.length > 0)
      log.notice(
        `HAProxy did not apply all changes at run time and is being reloaded: ${shortened(failed)}.`,
      );
    return [...carriedOut];
  }

  async function readTexts(plans: readonly SitePlan[]): Promise<Texts> {
    const texts = new Map<string, readonly string[]>();
    for (const { certificate: change } of plans) {
      if (!change || change.kind === 'remove') continue;
      const text = await copies.read(change.certificate);
      texts.set(change.certificate.fingerprint, linesOf(text ?? ''));
    }
    return texts;
  }

  /** A site that waits for a reload, on the same hosts as before, still gets its addresses. */
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
    const moved = { before, after: new Map([...before, ...sites]), hosts: hosts() };
    const { plans } = live.plan([...sites.keys()], moved);
    const carriedOut = await live.carryOut(plans, new Map());
    return [...carriedOut].flatMap((domain) => sites.get(domain) ?? []);
  }

  /** Has the worker load another text for a certificate that is no site's; what it cannot be told needs a reload. */
  async function replace(what: 'default' | 'hop', name: string, text: string): Promise<Replaced> {
    const work = (ask: Ask) => replaceCertificate(ask, name, linesOf(text));
    const outcome = await mark.tell(work).catch((): Replaced => 'unable');
    if (outcome === 'unable') left.add(what);
    return outcome;
  }

  async function replaceDefault(served: Certificate, next: Certificate): Promise<Replaced> {
    const outcome = await replace('default', live.loaded.nameOf(served), (await copies.read(next)) ?? '');
    if (outcome === 'replaced') live.loaded.replaced(served);
    return outcome;
  }

  /** Another CA requires a reload: after `commit ssl ca-file`, HAProxy 3.0.11 keeps the previous certificate. */
  async function replaceHopKeys(next: HopKeys): Promise<Replaced> {
    if (!loadedHopKeys || next.authority !== loadedHopKeys.authority) {
      left.add('hop');
      return 'unable';
    }
    const outcome = await replace('hop', loadedHopKeys.certificatePath, next.certificate);
    if (outcome === 'replaced') common = { ...common, hopKeys: next };
    return outcome;
  }

  return {
    check,
    forget,
    adopt,
    tell,
    replaceDefault,
    replaceHopKeys,
    isKnown: () => known,
    /** Whether something could not be told, or spare backends get short. */
    needsReload: () => !known || left.size > 0 || live.isShort(),
  };
}

export type FollowedWorker = ReturnType<typeof createFollowedWorker>;

function shortened(domains: readonly Domain[]): string {
  return domains.length > 5 ? `${domains.length} sites` : domains.join(', ');
}

/** The second in which the worker started, before it read its files, in milliseconds since 1970. */
async function startOf(haproxy: Haproxy): Promise<number> {
  const info = await haproxy.command(['show info']).catch(() => '');
  return Number(info.match(/^Start_time_sec: (\d+)$/m)?.[1] ?? 0) * 1000;
}
