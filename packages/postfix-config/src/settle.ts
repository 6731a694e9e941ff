// Leaves out what would make Postfix give a message back after it has taken it: loops, ways that end at an address that
// nobody here has, and forwards that grow past all bounds.
import type { Domain } from '@freehold/core/domain';
import type { Fault } from '@freehold/core/report-faults';
import { type Address, partsOf } from './address.ts';
import { findLoops } from './find-loops.ts';
import { type Forward, type Forwards, findForward, nameOf } from './forward.ts';

/** The longest way over forwards of ours; Postfix itself gives up at 100 (virtual_alias_recursion_limit). */
const mostSteps = 50;

/** Postfix counts an address once for each way to it, and gives up at more (virtual_alias_expansion_limit). */
const mostWays = 1000;

interface Settled {
  readonly forwards: Forwards;
  readonly faults: readonly Fault[];
}

/**
 * Gives the forwards that can be kept. What is left out may change where others lead (an address falls to the
 * catch-all of its domain, or to nobody), so they are looked at until nothing changes.
 *
 * @param destinations the domains that mail is taken for whether they have a forward or not.
 */
export function settleForwards(all: Forwards, destinations: ReadonlySet<Domain>, limit: number): Settled {
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

/** The forward of ours that a target leads to, if any. */
export function followTarget(forwards: Forwards, target: Address): Forward | undefined {
  const { local, domain } = partsOf(target);
  return findForward(forwards, local, domain);
}

function leadsTo(forwards: Forwards): (forward: Forward) => Forward[] {
  return ({ targets }) => targets.flatMap((target) => followTarget(forwards, target) ?? []);
}

function cutLoops(forwards: Forwards, loops: readonly (readonly Forward[])[]): Settled | undefined {
  if (loops.length === 0) return undefined;
  const faults = loops.flatMap((loop) =>
    loop.map((forward) => ({ subject: forward.source, reason: loopReason(forward, loop) })),
  );
  return { forwards: without(forwards, loops.flat()), faults };
}

function loopReason(forward: Forward, loop: readonly Forward[]): string {
  const others = loop.filter((one) => one !== forward).map(nameOf);
  if (others.length === 0) return `${nameOf(forward)} forwards to itself`;
  return `${nameOf(forward)} forwards to itself over ${others.slice(0, 10).join(', ')}`;
}

/**
 * A domain of ours is nobody else's: a target in it that no forward takes has nowhere to go. In `order`, each forward is
 * after those that it leads to, so that a chain with a dead end falls at once and not one layer a round.
 */
function cutDeadEnds(
  forwards: Forwards,
  { order, here }: { order: readonly Forward[]; here: ReadonlySet<Domain> },
): Settled | undefined {
  const faults: Fault[] = [];
  const left = new Map(forwards);
  const isDead = (target: Address) => here.has(partsOf(target).domain) && !followTarget(left, target);
  for (const forward of order) {
    const dead = new Set(forward.targets.filter(isDead));
    if (dead.size === 0) continue;
    const targets = forward.targets.filter((target) => !dead.has(target));
    const what = targets.length > 0 ? 'those are left out' : 'there is no other';
    faults.push({
      subject: targets.length > 0 ? `${forward.source} in part` : forward.source,
      reason: `nobody here has the address ${[...dead].join(', ')}, and ${what}`,
    });
    if (targets.length > 0) left.set(nameOf(forward), { ...forward, targets });
    else left.delete(nameOf(forward));
  }
  return faults.length > 0 ? { forwards: left, faults } : undefined;
}

/** Where a forward leads in the end, by how many ways in all, and over how many forwards at the most. */
interface End {
  readonly targets: ReadonlySet<Address>;
  readonly ways: number;
  readonly steps: number;
}

/** Counts where each one leads in the end; there are no loops any more. */
function cutGrowth(
  forwards: Forwards,
  { order, limit }: { order: readonly Forward[]; limit: number },
): Settled | undefined {
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
    // Those that lead to one which is left out are looked at again without it.
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
    return `it leads to ${targets.size} addresses in the end, and ${limit} is the limit`;
  if (ways > mostWays)
    return `it leads to ${targets.size} addresses by ${ways} ways in the end, and ${mostWays} is the limit`;
  if (steps > mostSteps) return `it leads over ${steps} forwards, and ${mostSteps} is the limit`;
  return undefined;
}

function without(forwards: Forwards, left: readonly Forward[]): Forwards {
  const gone = new Set(left.map(nameOf));
  return new Map([...forwards].filter(([name]) => !gone.has(name)));
}
