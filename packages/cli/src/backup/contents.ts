// What the backup of a host is: a tar packed with gzip, whose last entry is .whole.

/** A site as it is noted in a backup. */
export interface NotedSite {
  readonly domain: string;
  /** Undefined for one that is off. */
  readonly app: string | undefined;
  /** It is dumped every night. */
  readonly isDumped: boolean;
  /** Whether its database could be dumped, where it has one. */
  readonly hasFailed: boolean;
}

/** The texts of backup/sites, backup/dumped and backup/undumped. */
export function notesOf(sites: readonly NotedSite[]): { sites: string; dumped: string; undumped: string } {
  const domains = (some: readonly NotedSite[]) => some.map(({ domain }) => `${domain}\n`).join('');
  return {
    sites: sites.map(({ app = '-', domain }) => `${app} ${domain}\n`).join(''),
    dumped: domains(sites.filter(({ isDumped }) => isDumped)),
    undumped: domains(sites.filter(({ hasFailed }) => hasFailed)),
  };
}

/** Something in /data/domains: a folder, or a link to one, or something else. */
export interface DomainEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What tar reads of /data/domains, each path with a NUL after it. It follows a link by the path LINK/. */
export function pathsOf(entries: readonly DomainEntry[]): string {
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .map(({ name, isFolder }) => `domains/${name}${isFolder ? '/.' : ''}\0`)
    .join('');
}

/**
 * The words of tar, which writes to standard output. While sites run, files change and vanish under it: exit code 1. Uploads
 * that wait to be imported are included, and unfinished ones are not. Of links to volumes, the archive has folders in their
 * place.
 *
 * @param folder has backup/, domains/ (empty), .whole, and the file 'list' with what `pathsOf` gives.
 */
export function tarWords(folder: string): string[] {
  const options = ['--create', '--gzip', '--numeric-owner'];
  const quiet = ['--warning', 'no-file-changed', '--warning', 'no-file-removed'];
  const names = [
    '--anchored',
    '--exclude',
    'import/./.*',
    '--transform',
    's,^\\(domains/[^/]*\\|import\\)/\\.,\\1,S',
  ];
  const list = ['--null', '--verbatim-files-from', '--files-from', `${folder}/list`, '--no-null'];
  const data = ['--directory', '/data', 'import/.', ...list];
  return [
    ...options,
    ...quiet,
    ...names,
    '--directory',
    folder,
    'backup',
    'domains',
    ...data,
    '--directory',
    folder,
    '.whole',
  ];
}

/**
 * The sites of a backup of whose folder it has no entry. One that is off may be empty.
 *
 * @param sites the text of backup/sites.
 * @param filled the domains with an entry below their folder.
 */
export function sitesWithoutData(sites: string, filled: ReadonlySet<string>): string[] {
  const listed = sites.split('\n').map((line) => line.split(' '));
  const lacking = listed.flatMap(([app, domain]) =>
    domain !== undefined && app !== '-' && !filled.has(domain) ? [domain] : [],
  );
  return lacking.sort();
}

/** The domain of an entry below its folder; undefined for other entries. */
export function domainOf(entry: string): string | undefined {
  return /^domains\/([^/]+)\/./.exec(entry)?.[1];
}

/** As in 'h1.example.com-20260101-030000', by the operator's clock. */
export function backupName(server: string, time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${server}-${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}
