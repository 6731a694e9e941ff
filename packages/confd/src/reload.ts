// New files and a reload of HAProxy; where it refuses, the search for the site that it refuses.
import type { Answer } from '@freehold/core/publish';
import { changesBetween, withSome } from './changes-between.ts';
import type { Desired } from './desired.ts';
import type { Haproxy } from './haproxy-socket.ts';
import { afterAccepted, afterRefused, firstStep, portion, type Search } from './offender-search.ts';
import type { Serving } from './serving.ts';

/** `refused`: through no fault of a site. */
export async function reloadAndSearch(haproxy: Haproxy, serving: Serving): Promise<Answer> {
  const { render, files, targets } = serving;
  let search: Search = firstStep;
  for (;;) {
    const served = serving.served();
    const whole: Desired = { ...serving.next(), sites: new Map(targets.sites) };
    const changed = changesBetween(served?.sites, whole.sites);
    const some = changed.slice(0, portion(search, changed.length));
    const next = some.length < changed.length ? withSome(served, whole, some) : whole;
    const set = render(next);
    const answer = await files.publish(set, () => haproxy.reload());
    if (answer.kind === 'absent') return answer;
    if (answer.kind === 'accepted') {
      await serving.settle(next, some);
      if (next === whole) return answer;
      search = afterAccepted(search, changed.length);
      continue;
    }
    const { reason } = answer;
    const named = targets.refusals.addNamed({ reason, files: set, sites: next.sites });
    targets.lookAgain(named);
    if (serving.own.blame({ reason, tried: next, served }) || named.length > 0) continue;
    const step = afterRefused(search, some.length);
    if (step === 'give-up') return answer;
    if (step !== 'blame') search = step;
    else {
      const only = some[0] && next.sites.get(some[0]);
      if (!only || !targets.refusals.add(only, reason)) return answer;
      targets.lookAgain([only.domain]);
    }
  }
}
