// HAProxy reports errors in prose for people. Tested with 3.0.11 (reconcile.test.ts). Of a version that words
// them otherwise nothing is understood: then nobody is named, and offender-search.ts finds the site.
import type { Domain } from '@freehold/core/domain';
import type { FileSet } from '@freehold/core/publish';
import { nameOfCopy } from './certificate-copies.ts';
import type { Sites } from './site.ts';

/** Which sites HAProxy's refusal names: by certificate, by backend or by a line of haproxy.cfg. */
export function findCulprits(reason: string, files: FileSet, sites: Sites): Domain[] {
  const named = new Set([...namesIn(reason), ...backendsAt(reason, files)]);
  return [...sites.values()]
    .filter(
      ({ domain, certificate }) => named.has(domain) || (certificate && named.has(nameOfCopy(certificate))),
    )
    .map(({ domain }) => domain);
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
    const begun = lines.find((line) => /^(?:backend|frontend|defaults|global)\b/.test(line));
    return begun?.startsWith('backend ') ? [begun.split(' ')[1] ?? ''] : [];
  });
}
