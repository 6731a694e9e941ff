// Asks the remote for the current commit of the wanted branch, tag or commit.
import { FreeholdError } from '@freehold/core/error';
import { isCommitId, type Ref } from './git-ref.ts';
import type { Remote } from './remote.ts';

export interface Wanted {
  readonly commit: string;
  /** The argument for a fetch. */
  readonly source: string;
  /** For messages, e.g. `main of https://git.example.org/a.git`. */
  readonly name: string;
  /** The output of git-ls-remote(1) that contains it; empty if the remote was not asked. */
  readonly printed: string;
}

/**
 * Asks the remote. A commit given by its id needs no request.
 *
 * @throws FreeholdError with the branch or tag if it does not exist.
 */
export async function askRemote(remote: Remote): Promise<Wanted> {
  const { ref, url } = remote;
  if (ref.kind === 'commit') return { commit: ref.commit, source: ref.commit, name: url, printed: '' };
  const printed = await remote.git(['ls-remote', '--symref', '--', url, ...refPatterns(ref)]);
  return { ...chooseWanted(printed, ref, url), printed };
}

/** The arguments for git-ls-remote(1); none for a commit given by its id. */
export function refPatterns(ref: Ref): string[] {
  if (ref.kind === 'commit') return [];
  if (ref.kind === 'default') return ['HEAD'];
  return [`refs/heads/${ref.name}`, `refs/tags/${ref.name}`, `refs/tags/${ref.name}^{}`];
}

/**
 * Parses the output of git-ls-remote(1). A branch takes precedence over a tag of the same name, as in `git
 * clone --branch`.
 */
export function chooseWanted(
  printed: string,
  ref: Exclude<Ref, { kind: 'commit' }>,
  url: string,
): Omit<Wanted, 'printed'> {
  const lines = printed.split('\n').map((line) => line.split('\t'));
  // A pattern also matches the end of longer names, so only an exact match counts.
  const commitOf = (name: string) => lines.find(([id = '', found]) => found === name && isCommitId(id))?.[0];
  if (ref.kind === 'default') {
    const commit = commitOf('HEAD');
    if (commit === undefined)
      throw new FreeholdError(`${url} has no commit yet, or no HEAD: add a branch to GITURL.`);
    const symbolic = lines.find(([from = '', found]) => found === 'HEAD' && from.startsWith('ref: '))?.[0];
    const branch = symbolic?.replace(/^ref: refs\/heads\//, '') ?? 'HEAD';
    return { commit, source: 'HEAD', name: `${branch} of ${url}` };
  }
  const name = `${ref.name} of ${url}`;
  const [head, tag] = [`refs/heads/${ref.name}`, `refs/tags/${ref.name}`];
  const ofBranch = commitOf(head);
  if (ofBranch !== undefined) return { commit: ofBranch, source: head, name };
  const ofTag = commitOf(`${tag}^{}`) ?? commitOf(tag);
  if (ofTag !== undefined) return { commit: ofTag, source: tag, name };
  const hint = /^[0-9a-f]{4,63}$/.test(ref.name) ? ' To select a commit, use its full id.' : '';
  throw new FreeholdError(`${url} has no branch or tag ${JSON.stringify(ref.name)} (any more).${hint}`);
}
