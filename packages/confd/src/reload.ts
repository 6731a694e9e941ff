// New files and a reload of HAProxy; where it refuses, the search for the site that it refuses.
import type { Domain } from '@freehold/core/domain';
import type { Answer, FileSet } from '@freehold/core/publish';
import type { AcceptedFiles } from './accepted-files.ts';
import { changesBetween, withSome } from './changes-between.ts';
import type { Desired } from './desired.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { afterAccepted, afterRefused, firstStep, portion, type Search } from './offender-search.ts';
import type { Refusals } from './refusals.ts';

export interface Reload {
  readonly render: (desired: Desired) => FileSet;
  readonly haproxy: Haproxy;
  readonly files: AcceptedFiles;
  readonly refusals: Refusals;
  /** What is desired, less what was refused. */
  readonly whole: () => Desired;
  /** What was accepted last. */
  readonly served: () => Desired | undefined;
  /** Looks again at domains of which something was refused. */
  readonly retarget: (domains: readonly Domain[]) => void;
  readonly settle: (next: Desired, changed: readonly Domain[]) => Promise<void>;
}

/** `refused`: through no fault of a site. */
export async function reloadAndSearch(reload: Reload): Promise<Answer> {
  const { render, haproxy, files, refusals, retarget } = reload;
  let search: Search = firstStep;
  for (;;) {
    const [served, whole] = [reload.served(), reload.whole()];
    const changed = changesBetween(served?.sites, whole.sites);
    const some = changed.slice(0, portion(search, changed.length));
    const next = some.length < changed.length ? withSome(served, whole, some) : whole;
    const set = render(next);
    const answer = await files.publish(set, () => haproxy.reload());
    if (answer.kind === 'absent') return answer;
    if (answer.kind === 'accepted') {
      await reload.settle(next, some);
      if (next === whole) return answer;
      search = afterAccepted(search, changed.length);
      continue;
    }
    const { reason } = answer;
    const named = refusals.addNamed({ reason, files: set, sites: next.sites });
    retarget(named);
    if (named.length > 0) continue;
    const step = afterRefused(search, some.length);
    if (step === 'give-up') return answer;
    if (step !== 'blame') search = step;
    else {
      const only = some[0] && next.sites.get(some[0]);
      if (!only || !refusals.add(only, reason)) return answer;
      retarget([only.domain]);
    }
  }
}
