// What the remote says that the wanted branch, tag or commit is now.
import { FreeholdError } from '@freehold/core/error';
import { isCommitId, type Ref } from './git-ref.ts';
import type { Remote } from './remote.ts';

export interface Wanted {
  readonly commit: string;
  /** What a fetch asks for. */
  readonly source: string;
  /** For sentences, e.g. `main of https://git.example.org/a.git`. */
  readonly name: string;
  /** The answer of git-ls-remote(1) that says so; empty if nothing had to be asked. */
  readonly said: string;
}

/**
 * Asks the remote. One commit by its id needs no asking.
 *
 * @throws FreeholdError naming a branch or tag that is not there.
 */
export async function askRemote(remote: Remote): Promise<Wanted> {
  const { ref, url } = remote;
  if (ref.kind === 'commit') return { commit: ref.commit, source: ref.commit, name: url, said: '' };
  const said = await remote.git(['ls-remote', '--symref', '--', url, ...refPatterns(ref)]);
  return { ...chooseWanted(said, ref, url), said };
}

/** What git-ls-remote(1) is asked for; nothing for a commit by its id. */
export function refPatterns(ref: Ref): string[] {
  if (ref.kind === 'commit') return [];
  if (ref.kind === 'default') return ['HEAD'];
  return [`refs/heads/${ref.name}`, `refs/tags/${ref.name}`, `refs/tags/${ref.name}^{}`];
}

/** Reads the output of git-ls-remote(1). A branch goes before a tag of the same name, as for `git clone --branch`. */
export function chooseWanted(
  said: string,
  ref: Exclude<Ref, { kind: 'commit' }>,
  url: string,
): Omit<Wanted, 'said'> {
  const lines = said.split('\n').map((line) => line.split('\t'));
  // A pattern also matches the end of longer names, so only the exact one counts.
  const commitOf = (name: string) => lines.find(([id = '', found]) => found === name && isCommitId(id))?.[0];
  if (ref.kind === 'default') {
    const commit = commitOf('HEAD');
    if (commit === undefined)
      throw new FreeholdError(`${url} has no commit yet, or no HEAD: name a branch in GITURL.`);
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
  const hint = /^[0-9a-f]{4,63}$/.test(ref.name) ? ' If it is meant to be a commit, write its whole id.' : '';
  throw new FreeholdError(`${url} has no branch and no tag ${JSON.stringify(ref.name)} (any more).${hint}`);
}
