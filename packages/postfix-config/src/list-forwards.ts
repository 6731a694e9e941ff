import { etcdOf } from '@freehold/core/etcd-address';
import { columns, printLines } from '@freehold/core/print-lines';
import { createDesiredReader } from './desired-state.ts';
import { type Forward, nameOf } from './forward.ts';
import { postfixAt } from './postfix-control.ts';
import type { PostfixSettings } from './settings.ts';
import { readSnapshot } from './snapshot.ts';

/** One forward, or one skipped entry, as `list --json` prints it. */
interface Listed {
  /** '@example.com' stands for the rest of the domain; null for a skipped entry. */
  readonly address: string | null;
  readonly targets: readonly string[];
  /** 'skipped' has no description: these entries are printed as lines after the table. */
  readonly postfix: keyof typeof words | 'skipped';
  /** The etcd key, or the file and line; null if only Postfix has the forward. */
  readonly source: string | null;
  readonly problem: string | null;
}

/** The states of a forward: in JSON by their keys, for a person in words. */
const words = {
  active: 'active',
  pending: 'pending',
  unreachable: 'not running',
  leftover: 'in Postfix only',
} as const;

/**
 * Prints the forwards configured in etcd and manually beside their state in Postfix, and skipped entries with
 * reasons.
 */
export async function listForwards(settings: PostfixSettings, { json = false } = {}): Promise<void> {
  const listed = await readListed(settings);
  if (json) return printLines(JSON.stringify(listed, null, 2).split('\n'));
  const rows = listed.flatMap(({ address, targets, postfix, source }) =>
    postfix === 'skipped' ? [] : [[address ?? '', targets.join(', '), words[postfix], source ?? '-']],
  );
  printLines(columns([['ADDRESS', 'GOES TO', 'POSTFIX', 'SOURCE'], ...rows]));
  const skipped = listed.filter(({ postfix }) => postfix === 'skipped');
  printLines(skipped.map(({ source, problem }) => `${source} is skipped: ${problem}`));
}

async function readListed(settings: PostfixSettings): Promise<Listed[]> {
  const { forwards, faults } = await createDesiredReader(settings)(await readSnapshot(etcdOf(settings)));
  const inForce = await readInForce(settings);
  const configured = [...forwards.values()].sort(byDomain).map((forward): Listed => {
    const [address, { targets, source }] = [nameOf(forward), forward];
    return { address, targets, postfix: stateOf(inForce, address, targets), source, problem: null };
  });
  const others = [...(inForce ?? [])].flatMap(([address, targets]): Listed[] =>
    !forwards.has(address) && /^[ -~]*$/.test(address)
      ? [{ address, targets: targets.split(', '), postfix: 'leftover', source: null, problem: null }]
      : [],
  );
  const skipped = faults.map(
    ({ subject, reason }): Listed => ({
      address: null,
      targets: [],
      postfix: 'skipped',
      source: subject,
      problem: reason,
    }),
  );
  return [...configured, ...others, ...skipped];
}

function stateOf(
  inForce: ReadonlyMap<string, string> | undefined,
  name: string,
  targets: readonly string[],
): 'active' | 'pending' | 'unreachable' {
  if (!inForce) return 'unreachable';
  return inForce.get(name) === targets.join(', ') ? 'active' : 'pending';
}

/** The table that Postfix currently uses; empty if Postfix is not running. */
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
