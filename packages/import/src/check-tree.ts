import { FreeholdError } from '@freehold/core/error';
import { type Entry, walkTree } from './walk-tree.ts';

/**
 * Looks whether a delivered tree may be brought in: only folders, files and symbolic links, no link
 * in place of one of the domain's own folders, and no file that has another name elsewhere, since
 * its owner and mode would change there too.
 *
 * @throws FreeholdError naming the first entry that may not.
 */
export async function checkTree(root: string, signal: AbortSignal): Promise<void> {
  const linked = new Map<string, { path: string; missing: number }>();
  await walkTree(root, {
    signal,
    async visit(entry) {
      if (entry.kind === 'link' && entry.names.length === 1) {
        throw new FreeholdError(`${entry.path} is a symbolic link, and not a folder.`);
      }
      if (entry.kind === 'file' && entry.stats.nlink > 1) countLink(linked, entry);
    },
  });
  for (const { path, missing } of linked.values()) {
    if (missing > 0)
      throw new FreeholdError(`${path} is a hard link to a file outside of what was delivered.`);
  }
}

function countLink(linked: Map<string, { path: string; missing: number }>, { stats, path }: Entry): void {
  const id = `${stats.dev}:${stats.ino}`;
  const known = linked.get(id);
  linked.set(id, { path, missing: (known?.missing ?? stats.nlink) - 1 });
}
