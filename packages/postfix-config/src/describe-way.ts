import type { Address } from './address.ts';
import { type Forward, type Forwards, nameOf } from './forward.ts';
import { followTarget } from './settle.ts';

/**
 * The way of a message for an address, a line for each step of it, those further on further to the right. A forward that
 * several ways lead to is described once: a few that fork and meet again have thousands of ways.
 */
export function describeWay(forwards: Forwards, address: Address): string[] {
  const seen = new Set<Forward>();

  function describe(target: Address, depth: number): string[] {
    const found = followTarget(forwards, target);
    const indent = '  '.repeat(depth);
    if (!found) return [`${indent}${target} is sent there.`];
    const by = `${indent}${target} is forwarded by ${nameOf(found)} (${found.source})`;
    if (seen.has(found)) return [`${by}, as above.`];
    seen.add(found);
    return [`${by} to:`, ...found.targets.flatMap((next) => describe(next, depth + 1))];
  }

  return describe(address, 0);
}
