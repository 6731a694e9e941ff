// Whether a version's database server can read the data of a host's sites: MariaDB, for one, upgrades its data at its first
// start, and an older one cannot read it any more.

/** A database as an app declares it (docs/reference/app-declaration.md). */
export interface Database {
  readonly app: string;
  /** Without 'freehold/'. */
  readonly image: string;
  /** As it is called in a sentence. */
  readonly server: string;
  readonly program: string;
  /** Below a domain's folder in /data/runtime/domains: the data, and the file in which the server notes its version. */
  readonly files: string;
  readonly record: string;
}

/** The data of a site, and the series of the server that it needs; undefined if it is not known. */
export interface SiteData {
  readonly domain: string;
  readonly series: string | undefined;
}

/** As in 11.8. */
export function firstSeries(text: string): string | undefined {
  return /\d+\.\d+/.exec(text)?.[0];
}

/** Why a host cannot switch to a version; undefined if it can. */
export function whyNotReadable(
  version: string,
  { app, server }: Database,
  target: string,
  sites: readonly SiteData[],
): string | undefined {
  const newer = sites.filter(({ series }) => series === undefined || isOlder(target, series));
  if (newer.length === 0) return undefined;
  const names = newer.map(({ domain, series }) => `${domain} (${series ?? 'unknown'})`).join(', ');
  return [
    `Cannot switch to version ${version}: its ${server} ${target} cannot read the databases of these sites, which a newer ${server} has`,
    `upgraded: ${names}. Nothing was changed.`,
    'To switch all the same, for each of them: scripts/remove-site.sh DOMAIN, which dumps the database and keeps the data; then',
    `switch; then scripts/add-site.sh DOMAIN --app ${app}, which loads the dump.`,
  ].join('\n');
}

/** By numbers: 10.11 is newer than 10.9. */
function isOlder(one: string, other: string): boolean {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [one, other].map((series) =>
    series.split('.').map(Number),
  ) as [number[], number[]];
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
