import type { Domain } from '@freehold/core/domain';
import type { FileSet } from '@freehold/core/publish';
import type { Sites } from './site.ts';

/**
 * Which sites HAProxy's refusal is about: those that it names, by certificate, by backend or by a
 * line of haproxy.cfg; else, of the sites that differ from what it last accepted, the first half —
 * tried again and again this ends at the one at fault.
 */
export function findCulprits(options: {
  reason: string;
  files: FileSet;
  sites: Sites;
  accepted: Sites;
}): Domain[] {
  const { reason, files, sites, accepted } = options;
  const named = new Set([...namesIn(reason), ...backendsAt(reason, files)]);
  const guilty = [...sites.keys()].filter((domain) => named.has(domain));
  if (guilty.length > 0) return guilty;
  const changed = [...sites.values()]
    .filter((site) => JSON.stringify(accepted.get(site.domain)) !== JSON.stringify(site))
    .map((site) => site.domain);
  return changed.slice(0, Math.ceil(changed.length / 2));
}

function namesIn(reason: string): string[] {
  const quoted = [...reason.matchAll(/(?:backend|proxy) '([^']+)'/gi)].map(([, name]) => name ?? '');
  const files = [...reason.matchAll(/([^\s/'"]+)\.pem\b/g)].map(([, name]) => name ?? '');
  return [...quoted, ...files];
}

/** HAProxy names lines as `[/path/haproxy.cfg:123]`: the backend is the last one begun above it. */
function backendsAt(reason: string, files: FileSet): string[] {
  return [...reason.matchAll(/\[(\/[^\]:]+):(\d+)\]/g)].flatMap(([, path = '', number]) => {
    const lines = files.get(path)?.split('\n').slice(0, Number(number)).reverse() ?? [];
    const begun = lines.find((line) => /^\S/.test(line));
    return begun?.startsWith('backend ') ? [begun.split(' ')[1] ?? ''] : [];
  });
}
