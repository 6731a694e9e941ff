// How what came in is kept: the owner and mode with which it is served. Set-uid bits never survive.
import type { App, EntryKind, Rule, RuleOf } from './apps/app.ts';
import { type Owner, root } from './owners.ts';

/** What decides how an entry of a domain's tree is kept. */
export interface Ownership {
  readonly siteOwner: Owner;
  /** The rules by the names of the domain's folders, from all apps: a site may bring what another of them needs. */
  readonly rules: ReadonlyMap<string, RuleOf>;
}

// The key is for nobody but root.
const certificateRule: RuleOf = (_names, kind) => ({ owner: root, mode: kind === 'folder' ? 0o700 : 0o600 });

/** The rules of these apps, and of the domain's certificate. */
export function rulesOf(apps: readonly App[]): Ownership['rules'] {
  return new Map([...apps.flatMap(({ rules }) => Object.entries(rules)), ['TLS', certificateRule] as const]);
}

/** Judges an entry of a domain's tree by its path there; `mode` is what it has now. */
export function ruleFor(
  names: readonly string[],
  { kind, mode }: { kind: EntryKind; mode: number },
  { siteOwner, rules }: Ownership,
): Rule {
  const [top, ...rest] = names;
  if (top === undefined) return { owner: root, mode: 0o755 };
  // What is no app's stays as it came.
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
