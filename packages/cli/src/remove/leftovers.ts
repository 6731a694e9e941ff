// What is left on a host of a site that was removed, and how to remove it.

export interface Leftovers {
  readonly domain: string;
  /** Paths that exist. */
  readonly data: readonly string[];
  readonly uploads: readonly string[];
  readonly moved: readonly string[];
  readonly settings: readonly string[];
  /** The copy that HAProxy has of its certificate. */
  readonly certificates: readonly string[];
  /** Where symbolic links led that were deleted. */
  readonly linked: readonly string[];
  /** Roots of mounted file systems, which were emptied. */
  readonly mounted: readonly string[];
  /** The notes of a move that is not finished. */
  readonly moving: readonly string[];
  /** Its addresses with a forward, as in 'info'; undefined if etcd does not answer. */
  readonly forwards: readonly string[] | undefined;
  /** Files of Postfix on this host in which the operator has named the domain. */
  readonly mailFiles: readonly string[];
  /** In a cluster, no host may change mail forwards. */
  readonly isMember: boolean;
}

/** A line for each of them. */
export function describeLeftovers(left: Leftovers): string[] {
  const { domain } = left;
  const files = (paths: readonly string[], what: string) =>
    paths
      .filter((path) => !left.mounted.includes(path))
      .map((path) => `${path} (${what}): rm -r ${quote(path)}`);
  return [
    ...files(left.data, `data; scripts/add-site.sh ${domain} adds the site again`),
    ...files(left.uploads, 'pending import'),
    ...files(left.moved, 'copy of a move'),
    ...files(left.settings, 'settings of its unit'),
    ...left.mounted.map(
      (path) => `${path} (the root of a mounted file system, empty): umount ${quote(path)}`,
    ),
    ...left.linked.map((path) => `${path}: the target of a symbolic link that was deleted`),
    ...left.moving.map((path) => `${path} (a move that is not finished): run the move again`),
    ...files(left.certificates, 'certificate of HAProxy'),
    ...describeMail(left),
  ];
}

function describeMail({ domain, forwards, mailFiles, isMember }: Leftovers): string[] {
  if (!forwards) return ['its mail forwards, if any: etcd does not answer (scripts/mail.sh list)'];
  const script = `scripts/mail.sh${isMember ? ' --as FOLDER' : ''} remove`;
  return [
    ...forwards.map((local) => {
      const address = `${local}@${domain}`;
      return `mail for ${address} is still forwarded: ${script} ${quote(address)}`;
    }),
    ...mailFiles.map((file) => `${file} mentions ${domain}: edit the file`),
  ];
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** The last sentences of a removal. */
export function summarize(domain: string, lines: readonly string[]): string {
  if (lines.length === 0) return `${domain} is removed. Nothing of it is left on this host.`;
  return [`${domain} is removed. Left on this host:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Whether a file of Postfix mentions the domain itself, and not only one that ends or begins like it. */
export function mentions(text: string, domain: string): boolean {
  const name = domain.replaceAll('.', '\\.');
  return new RegExp(`(?:^|[^a-z0-9.-])${name}(?:$|[^a-z0-9.-])`, 'm').test(text);
}

/** Whether a name in /data/moved is a copy of the domain, as in 'example.com' or 'example.com-20261124-031500'. */
export function isMovedCopy(domain: string, name: string): boolean {
  return name.startsWith(domain) && /^(?:-\d{8}-\d{6})?$/.test(name.slice(domain.length));
}
