// Details about a commit for the log.
import type { Place } from './git.ts';
import type { Worktree } from './links.ts';
import type { Site } from './site.ts';
import { type MadeWorktree, placeOf } from './worktree.ts';

/** `12 files changed`, or the number of files if there is nothing to compare with. */
export async function countFiles(site: Site, before: string | undefined, commit: string): Promise<string> {
  const changed = before && (await count(site, ['diff-tree', '-r', '-z', '--name-only', before, commit]));
  if (changed) return `${plural(changed)} changed`;
  const all = await count(site, ['ls-tree', '-r', '-z', '--name-only', commit]);
  return plural(all ?? 0);
}

/**
 * Warns that the site contains pointers instead of content: git LFS stores the content elsewhere, and it is
 * not fetched.
 */
export async function warnOfLfs(site: Site, worktree: Worktree): Promise<void> {
  const place = placeOf(site.layout.repository, worktree);
  const pointers = await count(site, ['ls-files', '-z', '--', ':(attr:filter=lfs)'], place);
  if (!pointers) return;
  const { domain } = site.layout;
  site.log.warning(
    `${plural(pointers)} of ${domain} are kept with git LFS, which is not supported: visitors get the small pointer file instead of the content. Keep these files in git itself.`,
  );
}

/** Reports, once for each commit, that submodules are disabled and leave empty folders. */
export function warnOfSubmodules({ layout, log }: Site, { missingSubmodules }: MadeWorktree): void {
  if (missingSubmodules.length === 0) return;
  const shown = missingSubmodules
    .slice(0, 5)
    .map((path) => JSON.stringify(path))
    .join(', ');
  const more = missingSubmodules.length > 5 ? ` and ${missingSubmodules.length - 5} more` : '';
  log.warning(
    `Submodules of ${layout.domain} are not fetched, so these folders are empty: ${shown}${more}. The operator can set FREEHOLD_GIT_SUBMODULES=on in /etc/freehold/host.env. Otherwise keep the files in the repository itself.`,
  );
}

async function count(
  { git, layout, signal }: Site,
  args: readonly string[],
  place: Place = { repository: layout.repository },
): Promise<number | undefined> {
  try {
    return (await git(args, place)).split('\0').length - 1;
  } catch {
    signal.throwIfAborted();
    // The older commit no longer exists: only this sentence is incomplete.
    return undefined;
  }
}

function plural(number: number): string {
  return number === 1 ? '1 file' : `${number} files`;
}
