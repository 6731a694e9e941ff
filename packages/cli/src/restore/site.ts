// One site of a backup: what is seen of it, and what a restore does, operation by operation. Killed between any two of them,
// or in one, the next run finds its way from what is there.
import { failure, type Notice } from './notice.ts';
import { planSettings } from './site-settings.ts';

/** What is seen of a site before it is restored. */
export interface SiteSeen {
  /** The app that it had in the backup; undefined for one that was stopped. */
  readonly app: string | undefined;
  /** The backup has its folder. */
  readonly isInBackup: boolean;
  /** Its database is as of an earlier dump, as it could not be dumped for the backup. */
  readonly isUndumped: boolean;
  /** It was dumped every night. */
  readonly wasDumped: boolean;
  /** The drop-ins of its units in the backup, by their paths below /etc/systemd/system. */
  readonly settings: ReadonlyMap<string, string>;
  /** An earlier run has begun to restore it: what is here of it is not somebody else's. */
  readonly isBegun: boolean;
  readonly hasData: boolean;
  /** Something waits to be imported for it. */
  readonly hasUpload: boolean;
  /** The app of a site that runs here or starts with the host. */
  readonly appHere: string | undefined;
  readonly settingsHere: ReadonlyMap<string, string>;
  /** A move of it to this host, or from it, is not finished. */
  readonly isMoving: boolean;
  /** Other hosts of the same etcd that know it; undefined if etcd does not answer. */
  readonly elsewhere: readonly string[] | undefined;
}

export type SiteOperation =
  | 'note-begun'
  | 'install-settings'
  | 'reload-units'
  /** Under a hidden name: /data/import may be another disk than the unpacked backup. */
  | 'stage-data'
  | 'require-vacant'
  | 'place-data'
  | 'start-site'
  | 'enable-dump'
  | 'sync'
  | 'drop-begun';

export interface SitePlan {
  readonly notices: readonly Notice[];
  readonly operations: readonly SiteOperation[];
  /** Something is missing afterwards. */
  readonly isLeft: boolean;
  /** It lives elsewhere, or may: neither its uploads nor its mail forwards are restored. */
  readonly isAway: boolean;
}

const keep = (...notices: Notice[]): SitePlan => ({ notices, operations: [], isLeft: false, isAway: false });
const leave = (sentence: string): SitePlan => ({ ...keep(failure(sentence)), isLeft: true });

/** What a restore does with a site that was asked for. */
export function planSite(domain: string, seen: SiteSeen): SitePlan {
  const { isBegun, hasData, hasUpload, appHere } = seen;
  const isHere = hasData || hasUpload || appHere !== undefined;
  if (isHere && !isBegun)
    return keep({ sentence: `${domain} exists on this host already and was not changed.` });
  // One that an earlier run has started is this host's.
  const away = appHere === undefined ? whyAway(domain, seen) : undefined;
  if (away !== undefined) return { ...leave(away), isAway: true };
  if (!hasData && !hasUpload && !seen.isInBackup) return leave(`The backup contains no data of ${domain}.`);
  const settings = planSettings(domain, seen.settings, seen.settingsHere);
  if (settings.refused !== undefined) return leave(settings.refused);
  return {
    notices: [...undumped(domain, seen), ...settings.notices, ...stopped(domain, seen)],
    operations: operationsOf(seen, settings.isOurs),
    isLeft: false,
    isAway: false,
  };
}

/** Old data would take visitors from the site that is in use. Undefined if nobody else has it. */
export function whyAway(
  domain: string,
  { isMoving, elsewhere }: Pick<SiteSeen, 'isMoving' | 'elsewhere'>,
): string | undefined {
  if (isMoving) {
    return `${domain} is not restored: a move of it to this host or away from it is not finished. Run that move again first. If the other server is gone for good, delete /data/moving/${domain} first.`;
  }
  if (elsewhere === undefined) {
    return `Cannot restore ${domain}: etcd does not answer, so the site may live on another host. Run this again when etcd runs.`;
  }
  return elsewhere.length > 0 ? livesElsewhere(domain, elsewhere) : undefined;
}

export function livesElsewhere(domain: string, hosts: readonly string[]): string {
  return `${domain} is not restored: it lives on ${hosts.join(' ')}. To get it on this host, move it with scripts/deploy/move-site.sh. To return to this backup, remove it there first (scripts/remove-site.sh ${domain}). If that host is gone for good, or both hosts should serve it: --even-so.`;
}

function undumped(domain: string, { isUndumped }: SiteSeen): Notice[] {
  if (!isUndumped) return [];
  const sentence = `The database of ${domain} is older than the backup, because it could not be dumped at that time.`;
  return [{ sentence }];
}

function stopped(domain: string, { app }: SiteSeen): Notice[] {
  if (app !== undefined) return [];
  const sentence = `${domain} was stopped when the backup was made, so it is not started. Its start imports its data from /data/import/${domain}.`;
  return [{ sentence }];
}

function operationsOf(
  { isBegun, hasData, hasUpload, app, wasDumped }: SiteSeen,
  hasOwnSettings: boolean,
): SiteOperation[] {
  const operations: SiteOperation[] = [];
  if (!isBegun) operations.push('note-begun');
  // An earlier run may have been killed between the two.
  if (hasOwnSettings) operations.push('install-settings', 'reload-units');
  // Enabled, but without its data after a power loss, it would start with new data at the next boot.
  if (!hasData && !hasUpload) operations.push('stage-data', 'require-vacant', 'place-data', 'sync');
  if (app !== undefined) operations.push('start-site');
  if (app !== undefined && wasDumped) operations.push('enable-dump');
  return [...operations, 'sync', 'drop-begun'];
}
