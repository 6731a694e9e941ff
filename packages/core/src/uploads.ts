// How uploads in /data/import are recognized: shared by import, which installs them, and the command, which puts them there.
import { domainToASCII } from 'node:url';
import { type Domain, namesOf } from './domain.ts';

/** The ends of the names of archives that import accepts, in lower case. */
export const archiveEndings = [
  ...(['.tar', '.tar.gz', '.tgz', '.tar.zst', '.tzst', '.tar.xz', '.txz'] as const),
  ...(['.tar.bz2', '.tbz2', '.tbz', '.zip'] as const),
] as const;

export type ArchiveEnding = (typeof archiveEndings)[number];

/** The end of an archive's name, for instance `.tar.gz`, in whatever case; undefined for other names. */
export function archiveEndingOf(name: string): ArchiveEnding | undefined {
  const lower = name.toLowerCase();
  return archiveEndings.find((ending) => lower.endsWith(ending));
}

/** The name of an upload in the form that domains have: `Müller.example.tar` becomes `xn--mller-kva.example.tar`. */
export function asciiUploadName(name: string): string {
  return domainToASCII(name) || name.toLowerCase();
}

/** Whether an entry of /data/import is a folder or an archive for a domain. Upper case and `www.` make no difference. */
export function isUploadFor(name: string, domain: Domain): boolean {
  const ascii = asciiUploadName(name);
  return namesOf(domain).some((one) => ['', ...archiveEndings].some((ending) => ascii === one + ending));
}

/** The usual names among providers and tools for the folder with a site's pages. */
export const pageFolders = [
  ...['public_html', 'httpdocs', 'htdocs', 'www', 'html', 'public', '_site', 'dist', 'build'],
] as const;
