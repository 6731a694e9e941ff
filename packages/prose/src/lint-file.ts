import { type Exception, exceptions } from './exceptions.ts';
import { findTerms, type Match } from './find-terms.ts';
import { prosePartsOf } from './prose-parts.ts';

/** Whether an exception allows a term in a file. */
export function isAllowedBy({ path, found }: Exception, file: string, match: Match): boolean {
  const isThere = path.endsWith('/') ? file.startsWith(path) : file === path;
  return isThere && (found === undefined || found === match.found.toLowerCase());
}

/** All forbidden terms in a file, including those that an exception allows. */
export function findInFile(path: string, text: string): Match[] {
  const parts = prosePartsOf(path, text) ?? [];
  return parts.flatMap((part) =>
    findTerms(part.text).map((match) => ({ ...match, index: part.index + match.index })),
  );
}

/** Returns a line for each forbidden term: `PATH:LINE: 'TERM': use …`. */
export function lintFile(path: string, text: string): string[] {
  return findInFile(path, text)
    .filter((match) => !exceptions.some((exception) => isAllowedBy(exception, path, match)))
    .map(({ index, found, use }) => {
      const line = text.slice(0, index).split('\n').length;
      return `${path}:${line}: '${found}'; use: ${use}`;
    });
}
