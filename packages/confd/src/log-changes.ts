import type { Log } from '@freehold/core/log';
import type { Site, Sites } from './site.ts';

/** More changes than this at once are only counted. */
const mostLines = 20;

/** Says what is served differently now, a line a site. */
export function logChanges(log: Log, before: Sites | undefined, after: Sites): void {
  const lines: string[] = [];
  for (const [domain, site] of after) {
    const past = before?.get(domain);
    if (past === site) continue;
    const now = describe(site);
    if (!past || describe(past) !== now) lines.push(`${domain} ${now}.`);
  }
  for (const domain of before?.keys() ?? []) {
    if (!after.has(domain)) lines.push(`${domain} is no longer known here.`);
  }
  if (lines.length > mostLines) log.info(`${lines.length} sites changed.`, { sites: after.size });
  else for (const line of lines) log.info(line);
}

function describe({ backends, certificate }: Site): string {
  const addresses = backends.flatMap(({ address }) => (address ? [`${address.ip}:${address.port}`] : []));
  const secured = certificate ? ` with certificate ${certificate.fingerprint.slice(0, 12)}` : '';
  return addresses.length > 0
    ? `is served from ${addresses.join(', ')}${secured}`
    : 'is known and not running';
}
