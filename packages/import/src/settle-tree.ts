// Gives what came in the owner and mode with which it is served. Set-uid bits never survive.
import { lchown } from 'node:fs/promises';
import type { Owner } from './layout.ts';
import { type Entry, walkTree } from './walk-tree.ts';

const root: Owner = { uid: 0, gid: 0 };

interface Rule {
  readonly owner?: Owner | undefined;
  readonly mode: number;
}

/**
 * Settles a domain's tree, or the part of it that `below` names. With `sync`, all of it is on disk
 * afterwards. What another user than root runs keeps its owner, since only root may give files away.
 */
export async function settleTree(
  folder: string,
  options: { siteOwner: Owner; below?: readonly string[]; sync?: boolean; signal?: AbortSignal },
): Promise<void> {
  const { siteOwner, below = [], sync = false, signal } = options;
  const mayChown = process.getuid?.() === 0;
  const settle = async (entry: Entry) => {
    const names = [...below, ...entry.names.map(String)];
    const { owner, mode } = ruleFor(names, entry, siteOwner);
    if (entry.handle === undefined) {
      if (owner && mayChown) await lchown(entry.at, owner.uid, owner.gid);
      return;
    }
    if (owner && mayChown) await entry.handle.chown(owner.uid, owner.gid);
    await entry.handle.chmod(mode);
    if (sync) await entry.handle.sync();
  };
  // A folder comes after what is in it: once it is on disk, so are its entries.
  await walkTree(folder, {
    signal,
    visit: async (entry) => (entry.kind === 'folder' ? undefined : settle(entry)),
    leave: async (entry) => (entry.kind === 'folder' ? settle(entry) : undefined),
  });
}

/** The key is for nobody but root; what is served is readable for all; the rest keeps its owner for now. */
function ruleFor([top, ...rest]: readonly string[], entry: Entry, siteOwner: Owner): Rule {
  const isFolder = entry.kind === 'folder';
  if (top === undefined) return { owner: root, mode: 0o755 };
  if (top === 'TLS') return { owner: root, mode: isFolder ? 0o700 : 0o600 };
  if (top !== 'static') return { mode: entry.stats.mode & 0o777 };
  // The folder itself stays root's, so that nobody puts a link in place of the web root.
  return { owner: rest.length === 0 ? root : siteOwner, mode: isFolder ? 0o755 : 0o644 };
}
