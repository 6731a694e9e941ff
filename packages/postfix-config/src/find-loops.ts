// Tarjan's algorithm (https://doi.org/10.1137/0201010) without recursion: 10,000 forwards may be one chain.

/**
 * The nodes in an order in which each comes after those that it leads to, and the groups that lead back to
 * themselves.
 */
export interface Ordered<T> {
  readonly order: readonly T[];
  readonly loops: readonly (readonly T[])[];
}

interface Visit<T> {
  readonly node: T;
  readonly next: readonly T[];
  position: number;
  low: number;
}

/** Finds every loop: a node that leads to itself, or several that lead to one another. */
export function findLoops<T>(nodes: Iterable<T>, leadsTo: (node: T) => readonly T[]): Ordered<T> {
  const index = new Map<T, number>();
  const open: T[] = [];
  const isOpen = new Set<T>();
  const order: T[] = [];
  const loops: T[][] = [];

  function enter(node: T): Visit<T> {
    const low = index.size;
    index.set(node, low);
    open.push(node);
    isOpen.add(node);
    return { node, next: leadsTo(node), position: 0, low };
  }

  function leave({ node, next, low }: Visit<T>): void {
    if (low !== index.get(node)) return;
    const group = open.splice(open.lastIndexOf(node));
    for (const one of group) isOpen.delete(one);
    order.push(...group);
    if (group.length > 1 || next.includes(node)) loops.push(group);
  }

  function walk(start: T): void {
    const path = [enter(start)];
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const next = visit.next[visit.position++];
      if (next === undefined) {
        path.pop();
        leave(visit);
        const parent = path.at(-1);
        if (parent) parent.low = Math.min(parent.low, visit.low);
      } else if (!index.has(next)) path.push(enter(next));
      else if (isOpen.has(next)) visit.low = Math.min(visit.low, index.get(next) ?? visit.low);
    }
  }

  for (const node of nodes) if (!index.has(node)) walk(node);
  return { order, loops };
}
