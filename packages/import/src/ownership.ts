// The owner and mode of imported files. Set-uid bits never survive.
import type { App, EntryKind, Rule, RuleOf } from './apps/app.ts';
import { type Owner, root } from './owners.ts';

/** The inputs that determine the owner and mode of an entry in a domain's tree. */
export interface Ownership {
  readonly siteOwner: Owner;
  /**
   * The rules by the names of the domain's folders, from all apps: an upload may contain data for another of
   * them.
   */
  readonly rules: ReadonlyMap<string, RuleOf>;
}

// Only root may read the key.
const certificateRule: RuleOf = (_names, kind) => ({ owner: root, mode: kind === 'folder' ? 0o700 : 0o600 });

/** The rules of these apps, and of the domain's certificate. */
export function rulesOf(apps: readonly App[]): Ownership['rules'] {
  return new Map([...apps.flatMap(({ rules }) => Object.entries(rules)), ['TLS', certificateRule] as const]);
}

/** The rule for an entry of a domain's tree by its path there; `mode` is its current mode. */
export function ruleFor(
  names: readonly string[],
  { kind, mode }: { kind: EntryKind; mode: number },
  { siteOwner, rules }: Ownership,
): Rule {
  const [top, ...rest] = names;
  if (top === undefined) return { owner: root, mode: 0o755 };
  // Files that belong to no app keep their owner.
  return rules.get(top)?.(rest, kind, siteOwner) ?? { mode: mode & 0o777 };
}

/** Whether one file may have both names: it has only one owner and mode. */
export function haveSameRule(
  one: readonly string[],
  other: readonly string[],
  ownership: Ownership,
): boolean {
  const file = { kind: 'file', mode: 0 } as const;
  const [first, second] = [ruleFor(one, file, ownership), ruleFor(other, file, ownership)];
  return (
    first.mode === second.mode &&
    first.owner?.uid === second.owner?.uid &&
    first.owner?.gid === second.owner?.gid
  );
}
