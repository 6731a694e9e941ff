import { FreeholdError } from '@freehold/core/error';

/** The wanted part of a repository: its default (HEAD), a branch or tag by name, or one commit. */
export type Ref =
  | { readonly kind: 'default' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'commit'; readonly commit: string };

/** The id of a commit: SHA-1, or SHA-256 in a repository of that format. */
export function isCommitId(text: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
}

/** The abbreviated id of a commit, as git shows it. */
export function shorten(commit: string): string {
  return commit.slice(0, 7);
}

/**
 * Parses the part of GITURL after the space.
 *
 * @throws FreeholdError stating which rule for branches and tags is broken.
 */
export function parseRef(text: string): Ref {
  if (text === '') return { kind: 'default' };
  if (isCommitId(text.toLowerCase())) return { kind: 'commit', commit: text.toLowerCase() };
  const fault = findFault(text);
  if (fault !== undefined) {
    throw new FreeholdError(
      `${JSON.stringify(text.slice(0, 100))} is not a valid branch, tag or commit: ${fault}. See git check-ref-format for the rules.`,
    );
  }
  return { kind: 'name', name: text };
}

/**
 * The rules of git-check-ref-format(1), and no hyphen at the beginning, since git would treat it as an
 * option.
 */
function findFault(text: string): string | undefined {
  if (text.startsWith('-')) return 'it begins with a hyphen';
  if (text.length > 250) return 'it is longer than 250 characters';
  if (/[\s\p{Cc}~^:?*[\\]/u.test(text))
    return 'it contains a space or a character that git does not allow in names';
  if (text.includes('..') || text.includes('@{') || text === '@') return 'it contains "..", "@{" or is "@"';
  if (text.endsWith('.')) return 'it ends with a dot';
  const parts = text.split('/');
  if (parts.includes('')) return 'it begins or ends with a slash, or has two in a row';
  if (parts.some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'a part of it begins with a dot or ends with ".lock"';
  }
  return undefined;
}
