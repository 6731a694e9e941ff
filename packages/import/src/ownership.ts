// How what came in is kept: the owner and mode with which it is served. Set-uid bits never survive.
import type { EntryKind, Rule, RuleOf } from './apps/app.ts';
import { type Owner, root } from './owners.ts';
import { allApps } from './site-apps.ts';

// The key is for nobody but root.
const certificateRule: RuleOf = (_names, kind) => ({ owner: root, mode: kind === 'folder' ? 0o700 : 0o600 });

/**
 * The rule of one of a domain's folders, from all apps: a site may bring what another of them needs. Looked up at each
 * call, as apps import modules that import this one.
 */
function ruleOfFolder(name: string): RuleOf | undefined {
  if (name === 'TLS') return certificateRule;
  return allApps.findLast((app) => Object.hasOwn(app.rules, name))?.rules[name];
}

/** Judges an entry of a domain's tree by its path there; `mode` is what it has now. */
export function ruleFor(
  names: readonly string[],
  { kind, mode }: { kind: EntryKind; mode: number },
  siteOwner: Owner,
): Rule {
  const [top, ...rest] = names;
  if (top === undefined) return { owner: root, mode: 0o755 };
  const rule = ruleOfFolder(top)?.(rest, kind, siteOwner);
  // What is no app's stays as it came.
  return rule ?? { mode: mode & 0o777 };
}

/** Whether one file may have both names: it has only one owner and mode. */
export function haveSameRule(one: readonly string[], other: readonly string[], siteOwner: Owner): boolean {
  const file = { kind: 'file', mode: 0 } as const;
  const [first, second] = [ruleFor(one, file, siteOwner), ruleFor(other, file, siteOwner)];
  return (
    first.mode === second.mode &&
    first.owner?.uid === second.owner?.uid &&
    first.owner?.gid === second.owner?.gid
  );
}
