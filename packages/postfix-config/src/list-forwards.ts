import { etcdOf } from '@freehold/core/etcd-address';
import { columns, printLines } from '@freehold/core/print-lines';
import { type Forward, nameOf } from './forward.ts';
import { createLook } from './look.ts';
import { postfixAt } from './postfix-control.ts';
import type { PostfixSettings } from './settings.ts';
import { readSnapshot } from './snapshot.ts';

/** Prints what is configured, in etcd and by hand, beside what Postfix has, and what is left out and why. */
export async function listForwards(settings: PostfixSettings): Promise<void> {
  const { forwards, faults } = await createLook(settings)(await readSnapshot(etcdOf(settings)));
  const inForce = await readInForce(settings);
  const rows = [...forwards.values()].sort(byDomain).map((forward) => {
    const targets = forward.targets.join(', ');
    return [nameOf(forward), targets, stateOf(inForce, nameOf(forward), targets), forward.source];
  });
  for (const [name, targets] of inForce ?? []) {
    if (!forwards.has(name) && /^[ -~]*$/.test(name)) rows.push([name, targets, 'in Postfix only', '-']);
  }
  printLines(columns([['ADDRESS', 'GOES TO', 'POSTFIX', 'FROM'], ...rows]));
  printLines(faults.map(({ subject, reason }) => `${subject} is left out: ${reason}`));
}

function stateOf(inForce: ReadonlyMap<string, string> | undefined, name: string, targets: string): string {
  if (!inForce) return 'is not there';
  return inForce.get(name) === targets ? 'has it' : 'has it not yet';
}

/** The table that Postfix has now; nothing where it is not there. */
async function readInForce(settings: PostfixSettings): Promise<Map<string, string> | undefined> {
  const text = await postfixAt(settings.FREEHOLD_POSTFIX_SOCKETS)
    .showForwards()
    .catch(() => undefined);
  const lines = text?.split('\n').filter((line) => /^[^#\s]/.test(line));
  return (
    lines && new Map(lines.map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]))
  );
}

function byDomain(one: Forward, other: Forward): number {
  const [a, b] = [`${one.domain} ${one.local}`, `${other.domain} ${other.local}`];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
