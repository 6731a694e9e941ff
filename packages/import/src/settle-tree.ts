// Gives what came in the owner and mode with which it is served.
import { lchown, readlink } from 'node:fs/promises';
import { refuseLink } from './link-rule.ts';
import type { Owner } from './owners.ts';
import { ruleFor } from './ownership.ts';
import { type Entry, walkTree } from './walk-tree.ts';

/**
 * Settles a domain's tree, or the part of it that `below` names. With `sync`, all of it is on disk
 * afterwards. What another user than root runs keeps its owner, since only root may give files away.
 *
 * @throws FreeholdError naming a link that leads out: it may have been put there since it was checked.
 */
export async function settleTree(
  folder: string,
  options: { siteOwner: Owner; below?: readonly string[]; sync?: boolean; signal?: AbortSignal },
): Promise<void> {
  const { siteOwner, below = [], sync = false, signal } = options;
  const mayChown = process.getuid?.() === 0;
  const settle = async (entry: Entry) => {
    const names = [...below, ...entry.names.map(String)];
    const { owner, mode } = ruleFor(names, { kind: entry.kind, mode: entry.stats.mode }, siteOwner);
    if (entry.handle === undefined) {
      refuseLink(entry.path, names, await readlink(entry.at, 'latin1'));
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
