// Removes forwards that would make Postfix bounce a message after accepting it: loops, paths that end at an
// address that does not exist here, and forwards that grow beyond all limits.
import type { Domain } from '@freehold/core/domain';
import { type Address, partsOf } from '@freehold/core/mail-address';
import type { Fault } from '@freehold/core/report-faults';
import { findLoops } from './find-loops.ts';
import { type Forward, type Forwards, findForward, nameOf } from './forward.ts';

/**
 * The maximum number of our own forwards on a path; Postfix itself gives up at 100
 * (virtual_alias_recursion_limit).
 */
const mostSteps = 50;

/**
 * Postfix counts an address once for each path to it, and gives up at more (virtual_alias_expansion_limit).
 */
const mostWays = 1000;

interface Pruned {
  readonly forwards: Forwards;
  readonly faults: readonly Fault[];
}

/**
 * Returns the forwards that can be kept. Removing one may change where others lead (an address falls to the
 * catch-all of its domain, or to nobody), so this repeats until nothing changes.
 *
 * @param destinations the domains for which mail is accepted even without a forward.
 */
export function pruneForwards(all: Forwards, destinations: ReadonlySet<Domain>, limit: number): Pruned {
  const faults: Fault[] = [];
  let forwards = all;
  for (;;) {
    const here = new Set([...destinations, ...[...forwards.values()].map(({ domain }) => domain)]);
    const { order, loops } = findLoops(forwards.values(), leadsTo(forwards));
    const next =
      cutLoops(forwards, loops) ??
      cutDeadEnds(forwards, { order, here }) ??
      cutGrowth(forwards, { order, limit });
    if (!next) return { forwards, faults };
    faults.push(...next.faults);
    forwards = next.forwards;
  }
}

/** Our own forward that a target leads to, if any. */
export function followTarget(forwards: Forwards, target: Address): Forward | undefined {
  const { local, domain } = partsOf(target);
  return findForward(forwards, local, domain);
}

function leadsTo(forwards: Forwards): (forward: Forward) => Forward[] {
  return ({ targets }) => targets.flatMap((target) => followTarget(forwards, target) ?? []);
}

function cutLoops(forwards: Forwards, loops: readonly (readonly Forward[])[]): Pruned | undefined {
  if (loops.length === 0) return undefined;
  const faults = loops.flatMap((loop) =>
    loop.map((forward) => ({ subject: forward.source, reason: loopReason(forward, loop) })),
  );
  return { forwards: without(forwards, loops.flat()), faults };
}

function loopReason(forward: Forward, loop: readonly Forward[]): string {
  const others = loop.filter((one) => one !== forward).map(nameOf);
  if (others.length === 0) return `${nameOf(forward)} forwards to itself`;
  return `${nameOf(forward)} forwards to itself through ${others.slice(0, 10).join(', ')}`;
}

/**
 * A target in one of our own domains without a matching forward has nowhere to go. In `order`, each forward
 * comes after those that it leads to, so that a chain with a dead end is removed in one pass, not layer by
 * layer.
 */
function cutDeadEnds(
  forwards: Forwards,
  { order, here }: { order: readonly Forward[]; here: ReadonlySet<Domain> },
): Pruned | undefined {
  const faults: Fault[] = [];
  const left = new Map(forwards);
  const isDead = (target: Address) => here.has(partsOf(target).domain) && !followTarget(left, target);
  for (const forward of order) {
    const dead = new Set(forward.targets.filter(isDead));
    if (dead.size === 0) continue;
    const targets = forward.targets.filter((target) => !dead.has(target));
    const what = targets.length > 0 ? 'those are skipped' : 'there is no other';
    faults.push({
      subject: targets.length > 0 ? `${forward.source} in part` : forward.source,
      reason: `nobody here has the address ${[...dead].join(', ')}, and ${what}`,
    });
    if (targets.length > 0) left.set(nameOf(forward), { ...forward, targets });
    else left.delete(nameOf(forward));
  }
  return faults.length > 0 ? { forwards: left, faults } : undefined;
}

/**
 * The final addresses of a forward, the total number of paths to them, and the maximum number of forwards on
 * a path.
 */
interface End {
  readonly targets: ReadonlySet<Address>;
  readonly ways: number;
  readonly steps: number;
}

/** Counts the final addresses of each forward; there are no loops any more. */
function cutGrowth(
  forwards: Forwards,
  { order, limit }: { order: readonly Forward[]; limit: number },
): Pruned | undefined {
  const ends = new Map<Forward, End>();
  const faults: Fault[] = [];
  const over: Forward[] = [];
  for (const forward of order) {
    const end = endOf(forward.targets, (target) => {
      const next = followTarget(forwards, target);
      return next && ends.get(next);
    });
    const reason = excessOf(end, limit);
    if (reason) {
      over.push(forward);
      faults.push({ subject: forward.source, reason });
    }
    // Forwards that lead to a skipped one are evaluated again without it.
    ends.set(forward, reason ? { targets: new Set(), ways: 0, steps: 0 } : end);
  }
  return over.length > 0 ? { forwards: without(forwards, over), faults } : undefined;
}

function endOf(targets: readonly Address[], next: (target: Address) => End | undefined): End {
  const ends = targets.map((target) => next(target) ?? { targets: [target], ways: 1, steps: 0 });
  return {
    targets: new Set(ends.flatMap((end) => [...end.targets])),
    ways: ends.reduce((sum, { ways }) => sum + ways, 0),
    steps: 1 + Math.max(...ends.map(({ steps }) => steps)),
  };
}

function excessOf({ targets, ways, steps }: End, limit: number): string | undefined {
  if (targets.size > limit)
    return `it leads to ${targets.size} final addresses, more than the limit of ${limit}`;
  if (ways > mostWays)
    return `it leads to ${targets.size} final addresses on ${ways} paths, more than the limit of ${mostWays}`;
  if (steps > mostSteps) return `it leads through ${steps} forwards, more than the limit of ${mostSteps}`;
  return undefined;
}

function without(forwards: Forwards, left: readonly Forward[]): Forwards {
  const gone = new Set(left.map(nameOf));
  return new Map([...forwards].filter(([name]) => !gone.has(name)));
}
