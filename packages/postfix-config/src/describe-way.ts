import type { Address } from '@freehold/core/mail-address';
import { type Forward, type Forwards, nameOf } from './forward.ts';
import { followTarget } from './prune-forwards.ts';

/**
 * Describes the path of a message for an address, one indented line per step. A forward that is reached on
 * several paths is described once: a few forwards that fork and join have thousands of paths.
 */
export function describeWay(forwards: Forwards, address: Address): string[] {
  const seen = new Set<Forward>();

  function describe(target: Address, depth: number): string[] {
    const found = followTarget(forwards, target);
    const indent = '  '.repeat(depth);
    if (!found) return [`${indent}${target}: the message is sent there.`];
    const by = `${indent}${target} is forwarded by the rule for ${nameOf(found)} (${found.source})`;
    if (seen.has(found)) return [`${by}, as above.`];
    seen.add(found);
    return [`${by} to:`, ...found.targets.flatMap((next) => describe(next, depth + 1))];
  }

  return describe(address, 0);
}
