// Reads the records of one domain on one host from etcd. A key contains the app before the domain, so the
// apps are listed first: one step for each app, however many sites there are.
import type { Domain } from '@freehold/core/domain';
import type { Etcd, Version } from '@freehold/core/etcd';
import {
  formatServiceKey,
  parseServiceRecord,
  type ServiceRecord,
  servicesPrefix,
} from '@freehold/core/service-record';

export interface SiteRecord {
  readonly app: string;
  readonly key: string;
  readonly version: Version;
  /** Undefined if the value is invalid. */
  readonly record?: ServiceRecord | undefined;
}

/** The records of all apps, or of one, for a domain on a host. */
export async function listSiteRecords(
  etcd: Etcd,
  site: { domain: Domain; host: string; app?: string | undefined },
): Promise<SiteRecord[]> {
  const apps = site.app === undefined ? await listApps(etcd) : [site.app];
  const found: SiteRecord[] = [];
  for (const app of apps) {
    const key = keyOf({ ...site, app });
    const version = key === undefined ? undefined : await etcd.read(key);
    if (key === undefined || version?.value === undefined) continue;
    found.push({ app, key, version, record: recordOf(version.value) });
  }
  return found;
}

/** The apps that have a record of any site on any host. */
export async function listApps(etcd: Etcd): Promise<string[]> {
  // '0' is the character after '/', so it ends the range of all keys below a folder.
  const end = `${servicesPrefix.slice(0, -1)}0`;
  const apps: string[] = [];
  for (let start = servicesPrefix; ; ) {
    const key = await etcd.first(start, end);
    if (key === undefined) return apps;
    const [app, ...rest] = key.slice(servicesPrefix.length).split('/');
    if (rest.length > 0) apps.push(app ?? '');
    start = rest.length > 0 ? `${servicesPrefix}${app}0` : `${key}\0`;
  }
}

function keyOf(site: { app: string; domain: Domain; host: string }): string | undefined {
  try {
    return formatServiceKey(site);
  } catch {
    // Some other key under /services/: confd reports it in its log.
    return undefined;
  }
}

/** Undefined if the value is invalid. */
export function recordOf(value: string): ServiceRecord | undefined {
  try {
    return parseServiceRecord(value);
  } catch {
    return undefined;
  }
}
