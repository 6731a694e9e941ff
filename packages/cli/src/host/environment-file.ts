import type { Environment } from '@freehold/core/settings';

/**
 * Reads KEY=VALUE lines as systemd's EnvironmentFile= does (systemd.exec(5)): # and ; begin comments, quotes around a
 * value are removed, the last line of a key counts.
 */
export function parseEnvironmentFile(text: string): Environment {
  const found: Record<string, string> = {};
  for (const line of text.replaceAll('\\\n', '').split('\n')) {
    const [, key, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found[key] = unquote(value.trim());
  }
  return found;
}

function unquote(value: string): string {
  return /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}

/** The lines of such a file. The values hold no quotes and no spaces. */
export function formatEnvironmentFile(env: ReadonlyMap<string, string>): string {
  return [...env].map(([key, value]) => `${key}=${value}\n`).join('');
}
