// Parses .gitmodules. git's own `submodule update` is not used: it checks out before anything can check the
// size, and its store belongs to one worktree.

export interface SubmoduleSettings {
  readonly path: string;
  readonly url: string;
}

/** Parses the output of `git config --null --get-regexp` for `submodule.NAME.path` and `.url`. */
export function parseSubmodules(text: string): SubmoduleSettings[] {
  const byName = new Map<string, Partial<Record<'path' | 'url', string>>>();
  for (const entry of text.split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || value === undefined) continue;
    byName.set(name, { ...byName.get(name), [key as 'path' | 'url']: value });
  }
  return [...byName.values()].flatMap(({ path, url }) =>
    path === undefined || url === undefined ? [] : [{ path, url }],
  );
}

/**
 * Resolves `./` and `../` against the URL of the repository that contains the submodule, as git-submodule(1)
 * does.
 */
export function resolveSubmoduleUrl(url: string, parent: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  let base = parent.replace(/\/+$/, '');
  let rest = url;
  let separator = '/';
  for (;;) {
    const [step] = /^\.\.?\//.exec(rest) ?? [];
    if (step === undefined) return `${base}${separator}${rest}`;
    rest = rest.slice(step.length);
    if (step === './') continue;
    const end = Math.max(base.lastIndexOf('/'), base.lastIndexOf(':'));
    separator = base[end] ?? '/';
    base = base.slice(0, Math.max(0, end));
  }
}
