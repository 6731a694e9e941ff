import type { Domain } from '@freehold/core/domain';
import type { Log } from '@freehold/core/log';
import type { Site, Sites } from './site.ts';

/** More changes than this at once are only counted. */
const mostLines = 20;

/** Says what is served differently now of these domains, a line a site. */
export function logChanges(
  log: Log,
  { domains, before, after }: { domains: readonly Domain[]; before: Sites | undefined; after: Sites },
): void {
  const lines = domains.flatMap((domain) => {
    const [past, site] = [before?.get(domain), after.get(domain)];
    if (!site) return past ? [`${domain} is no longer known.`] : [];
    const now = describe(site);
    return past && describe(past) === now ? [] : [`${domain} ${now}.`];
  });
  if (lines.length > mostLines) log.info(`${lines.length} sites changed.`, { sites: after.size });
  else for (const line of lines) log.info(line);
}

function describe({ backends, certificate }: Site): string {
  const addresses = backends.flatMap(({ address }) => (address ? [`${address.ip}:${address.port}`] : []));
  const secured = certificate ? ` with certificate ${certificate.fingerprint.slice(0, 12)}` : '';
  return addresses.length > 0
    ? `is served from ${addresses.join(', ')}${secured}`
    : 'is known, but not running';
}
