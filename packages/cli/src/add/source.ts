// What a new site's data is imported from: a folder or archive on the machine where the command runs.
import { FreeholdError } from '@freehold/core/error';
import { type ArchiveEnding, archiveEndingOf, archiveEndings } from '@freehold/core/uploads';

/** What is seen of a source before anything is changed. */
export type SourceSeen =
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'file';
      /** Undefined if its name is not that of an archive. */
      readonly ending?: ArchiveEnding | undefined;
      /** Where it leads, if it is a symbolic link. */
      readonly link?: string | undefined;
    }
  | {
      readonly kind: 'folder';
      readonly isEmpty: boolean;
      /** It has TLS/DOMAIN.pem. */
      readonly hasKey: boolean;
      /** The folder of the pages, if there is nothing but pages; itself, or one below it. */
      readonly pages?: string | undefined;
      /** Where it leads, or its folder of pages, if that is a symbolic link. */
      readonly link?: string | undefined;
    };

export interface Source {
  /** As it was given. */
  readonly path: string;
  readonly seen: SourceSeen;
}

/** What is imported: a folder, or an archive with its ending. `at` is the source, or the folder of its pages. */
export type Importable =
  | { readonly kind: 'archive'; readonly at: string; readonly ending: ArchiveEnding }
  | { readonly kind: 'tree'; readonly at: string }
  /** Goes into the folder of pages that the app declares. */
  | { readonly kind: 'pages'; readonly at: string; readonly folder: string };

const refuse = (reason: string) => new FreeholdError(reason, { code: 'usage' });

/**
 * What of a source is imported.
 *
 * @param pagesFolder the folder of pages that the app declares, as in 'static/www-content'; undefined if it has none.
 * @throws FreeholdError `usage` for a source that cannot be imported.
 */
export function chooseImportable(
  { path, seen }: Source,
  { domain, pagesFolder }: { readonly domain: string; readonly pagesFolder: string | undefined },
): Importable {
  if (seen.kind === 'missing') throw refuse(`Cannot import '${path}': no such folder or archive.`);
  if (seen.kind === 'file') {
    if (seen.ending) return { kind: 'archive', at: path, ending: seen.ending };
    throw refuse(
      `Cannot import '${path}': it is neither a folder nor an archive of a supported type (${archiveEndings.join(' ')}). Repack it with: tar -C FOLDER -cf ${domain}.tar .`,
    );
  }
  if (seen.isEmpty) throw refuse(`The folder '${path}' is empty.`);
  if (seen.pages === undefined || pagesFolder === undefined) return { kind: 'tree', at: path };
  if (seen.hasKey) {
    throw refuse(
      `The folder '${path}' has both pages and a key, which would be published too: put the pages into ${path}/${pagesFolder}.`,
    );
  }
  return { kind: 'pages', at: seen.pages, folder: pagesFolder };
}

/**
 * A source that is removed has to be the data itself.
 *
 * @throws FreeholdError `usage` for a symbolic link.
 */
export function checkTake({ path, seen }: Source): void {
  if (seen.kind === 'missing' || seen.link === undefined) return;
  throw refuse(`'${path}' is a symbolic link, and --take removes its source: use ${seen.link} or --from.`);
}

/** Where import finds what is imported for a domain. */
export function importPath(domain: string, what: Importable): string {
  const base = `/data/import/${domain}`;
  if (what.kind === 'archive') return `${base}${what.ending}`;
  return what.kind === 'pages' ? `${base}/${what.folder}` : base;
}

/** Where a control machine's upload for a new site is, without the ending of an archive. */
export function sentPath(domain: string): string {
  return `/data/import/.add-${domain}`;
}

/**
 * The upload that a control machine would send, for its --dry-run: it has checked the source, and the path is where the upload
 * would be. Undefined for other paths.
 */
export function expectSent(path: string, domain: string): Source | undefined {
  const base = sentPath(domain);
  if (path === base) return { path, seen: { kind: 'folder', isEmpty: false, hasKey: false } };
  const ending = archiveEndingOf(path);
  return ending !== undefined && path === base + ending
    ? { path, seen: { kind: 'file', ending } }
    : undefined;
}
