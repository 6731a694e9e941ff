import { FreeholdError } from '@freehold/core/error';

/** What of a repository is wanted: its own choice (HEAD), a branch or tag by name, or one commit. */
export type Ref =
  | { readonly kind: 'default' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'commit'; readonly commit: string };

/** The id of a commit: SHA-1, or SHA-256 in a repository of that format. */
export function isCommitId(text: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
}

/** The first characters of a commit's id, as git shows them. */
export function shorten(commit: string): string {
  return commit.slice(0, 7);
}

/**
 * Reads the part of GITURL after the space.
 *
 * @throws FreeholdError, saying what a branch or tag may not be called.
 */
export function parseRef(text: string): Ref {
  if (text === '') return { kind: 'default' };
  if (isCommitId(text.toLowerCase())) return { kind: 'commit', commit: text.toLowerCase() };
  const fault = findFault(text);
  if (fault !== undefined) {
    throw new FreeholdError(
      `${JSON.stringify(text.slice(0, 100))} is no branch, tag or commit: ${fault}; git check-ref-format has the rules.`,
    );
  }
  return { kind: 'name', name: text };
}

/** The rules of git-check-ref-format(1), and no hyphen at the beginning, where git would take it for an option. */
function findFault(text: string): string | undefined {
  if (text.startsWith('-')) return 'it begins with a hyphen';
  if (text.length > 250) return 'it is longer than 250 characters';
  if (/[\s\p{Cc}~^:?*[\\]/u.test(text))
    return 'it has a space or a character that git does not allow in names';
  if (text.includes('..') || text.includes('@{') || text === '@') return 'it has "..", "@{" or is "@"';
  if (text.endsWith('.')) return 'it ends with a dot';
  const parts = text.split('/');
  if (parts.includes('')) return 'it has a slash at an end, or two together';
  if (parts.some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'a part of it begins with a dot or ends with ".lock"';
  }
  return undefined;
}
