import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { type Git, outputOf } from './git.ts';
import { isCommitId } from './git-ref.ts';
import { everything, newest } from './repository.ts';
import type { Site } from './site.ts';
import { withDiskWatch } from './watch-disk.ts';

/** A fetch from a remote into a repository. */
export interface Fetching {
  readonly site: Site;
  readonly remote: { readonly url: string; readonly git: Git };
  readonly repository: string;
}

/**
 * Fetches a branch, tag or commit and returns the fetched commit, which is a newer one if the remote has
 * moved on since it was asked.
 */
export async function fetchCommit(fetching: Fetching, source: string): Promise<string> {
  try {
    await fetchRefs(fetching, [`+${source}:${newest}`]);
  } catch (error) {
    // Servers before protocol 2 send a commit by its id only if they are configured to.
    const isRefused = /does not allow request for unadvertised object/.test(outputOf(error) ?? '');
    if (!isRefused || !isCommitId(source)) throw error;
    return fetchEverything(fetching, source);
  }
  return commitOf(fetching.site, newest, fetching.repository);
}

async function fetchRefs(
  fetching: Fetching,
  refs: readonly string[],
  depth?: readonly string[],
): Promise<void> {
  const { site, remote, repository } = fetching;
  const { settings } = site;
  const limit = depth ?? (await depthArguments(fetching));
  const fixed = [
    // simple-git would put it after the names.
    ...['--progress', '--no-tags', '--no-write-fetch-head'],
    ...['--no-recurse-submodules', '--force', '--update-shallow'],
  ];
  try {
    // A whole history may be larger than a checkout; a single commit may not.
    const maxBytes = settings.depth === 1 && depth === undefined ? settings.limits.maxBytes : undefined;
    await withDiskWatch({ repository, reserve: settings.diskReserve, maxBytes }, (signal) =>
      remote.git(['fetch', ...fixed, ...limit, '--', remote.url, ...refs], { repository }, { signal }),
    );
  } catch (error) {
    // A plain web server without git support can only send whole histories.
    const isPlain = /does not support shallow/.test(outputOf(error) ?? '');
    if (!isPlain || limit.length === 0) throw error;
    await fetchRefs(fetching, refs, []);
  }
}

async function depthArguments({ site, repository }: Fetching): Promise<string[]> {
  const { depth } = site.settings;
  if (depth > 0) return [`--depth=${depth}`];
  const isShallow = await stat(join(repository, 'shallow')).then(
    ({ size }) => size > 0,
    () => false,
  );
  return isShallow ? ['--unshallow'] : [];
}

async function fetchEverything(fetching: Fetching, commit: string): Promise<string> {
  const { site, remote, repository } = fetching;
  await fetchRefs(fetching, [`+refs/heads/*:${everything}/heads/*`, `+refs/tags/*:${everything}/tags/*`], []);
  await site.git(['update-ref', newest, commit], { repository }).catch((error) => {
    site.signal.throwIfAborted();
    const why = `no branch or tag of ${remote.url} has the commit ${commit} in its history`;
    throw new FreeholdError(`${why}, and its server sends no other commits.`, { cause: error });
  });
  return commitOf(site, newest, repository);
}

async function commitOf({ git }: Site, name: string, repository: string): Promise<string> {
  return (
    await git(['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`], { repository })
  ).trim();
}
