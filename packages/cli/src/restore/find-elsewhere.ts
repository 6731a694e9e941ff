// Which sites of a backup another server of the operator's list has, by what each server prints.
import type { BackedUpSite } from './backup-contents.ts';
import { domainOfUpload } from './uploads.ts';

/**
 * A program for bash, which works with servers of any version: its name as a host, then each of its sites. One that was moved
 * away, or removed, leaves a name without data, or data without a name.
 */
export const askSites = `sed -n "s/^FREEHOLD_HOST=/host /p" /etc/freehold/host.env 2>/dev/null || true
[ ! -x "$1/list-sites.sh" ] || "$1/list-sites.sh" | while read -r domain _; do
  [ ! -d "/data/domains/$domain" ] || echo "site $domain"
done`;

/** What one server has; `host` is '' for one that is no host yet. */
export interface ServerSites {
  readonly host: string;
  readonly sites: ReadonlySet<string>;
}

export function parseServerSites(text: string): ServerSites {
  const words = (kind: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
  return { host: words('host')[0] ?? '', sites: new Set(words('site')) };
}

/**
 * The domains that another host has, each with that host. A server of the list may be the target by another name.
 *
 * @param target the server that is restored to.
 */
export function findElsewhere(
  domains: readonly string[],
  target: ServerSites,
  others: readonly ServerSites[],
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { host, sites } of others.filter((one) => one.host !== target.host)) {
    for (const domain of domains) if (sites.has(domain)) found.set(domain, host || 'another server');
  }
  return found;
}

/** What a server has that a restore would not overwrite, for --dry-run: a program for bash. */
export const askHere = `cd /data 2>/dev/null || exit 0
for folder in domains import restoring/begun; do
  for path in "$folder"/*; do [ ! -e "$path" ] || echo "$path"; done
done
cd /etc/systemd/system/multi-user.target.wants 2>/dev/null || exit 0
for unit in *@*.service; do [ ! -e "$unit" ] || echo "units/$unit"; done`;

/**
 * The sentences of --dry-run, one for each site.
 *
 * @param found what `askHere` has printed on the server.
 */
export function predictSites(
  sites: readonly BackedUpSite[],
  elsewhere: ReadonlyMap<string, string>,
  { server, found }: { readonly server: string; readonly found: string },
): string[] {
  const paths = found.split('\n');
  const below = (folder: string) =>
    paths.flatMap((path) => (path.startsWith(folder) ? [path.slice(folder.length)] : []));
  const [begun, data] = [new Set(below('restoring/begun/')), new Set(below('domains/'))];
  const uploads = new Set<string | undefined>(below('import/').map(domainOfUpload));
  const units = below('units/');
  return sites.map(({ name, app }) => {
    const host = elsewhere.get(name);
    const hasUnit = units.some((unit) => unit.endsWith(`@${name}.service`));
    if (host !== undefined) return `${name} would not be restored: it lives on ${host}.`;
    if (begun.has(name)) return `Would complete the restore of ${name}, which was interrupted.`;
    if (data.has(name) || uploads.has(name) || hasUnit)
      return `${name} exists on ${server} already and would not be changed.`;
    return app === undefined
      ? `Would restore ${name}, and not start it: it was stopped.`
      : `Would restore ${name} (${app}), and start it.`;
  });
}
