// Gives what came in the owner and mode with which it is served.
import { type FileHandle, lchown, readlink } from 'node:fs/promises';
import { FreeholdError } from '@freehold/core/error';
import type { Rule } from './apps/app.ts';
import { refuseLink } from './link-rule.ts';
import { type Ownership, ruleFor } from './ownership.ts';
import { type Entry, walkTree } from './walk-tree.ts';

/** How often a tree is gone through that somebody changes meanwhile. */
const maxPasses = 10;

/**
 * Sets the owners and modes of a domain's tree, or of the part of it that `below` names. With `sync`, all of it is on disk
 * afterwards. Another user than root changes no owners, since only root may give files away.
 *
 * Each folder is root's or the site's before its entries are read, so that from then on nobody else adds any, and the
 * tree is gone through again if one changed nevertheless.
 *
 * @throws FreeholdError with the path of a link that leads out, which may have been put there since the tree was checked.
 */
export async function settleTree(
  folder: string,
  options: { ownership: Ownership; below?: readonly string[]; sync?: boolean; signal?: AbortSignal },
): Promise<void> {
  for (let pass = 1; pass <= maxPasses; pass += 1) if (await settleOnce(folder, options)) return;
  throw new FreeholdError(`${folder} changes all the time. Try again once nothing writes to it any more.`);
}

/** Whether no folder changed meanwhile. */
async function settleOnce(
  folder: string,
  { ownership, below = [], sync = false, signal }: Parameters<typeof settleTree>[1],
): Promise<boolean> {
  const read: bigint[] = [];
  let isQuiet = true;
  const rule = ({ names, kind, stats }: Entry) =>
    ruleFor([...below, ...names.map(String)], { kind, mode: stats.mode }, ownership);
  await walkTree(folder, {
    signal,
    async visit(entry) {
      const { handle } = entry;
      if (handle === undefined) return settleLink(entry, below, rule(entry));
      await settleOpen(handle, rule(entry));
      if (entry.kind === 'folder') read.push(await changeOf(handle));
      else if (sync) await handle.sync();
    },
    // A folder is synced after what is in it: once it is on disk, so are its entries.
    async leave({ kind, handle }) {
      if (kind !== 'folder' || handle === undefined) return;
      if (read.pop() !== (await changeOf(handle))) isQuiet = false;
      if (sync) await handle.sync();
    },
  });
  return isQuiet;
}

const mayChown = () => process.getuid?.() === 0;

async function settleLink(entry: Entry, below: readonly string[], { owner }: Rule): Promise<void> {
  refuseLink(entry.path, [...below, ...entry.names.map(String)], await readlink(entry.at, 'latin1'));
  if (owner && mayChown()) await lchown(entry.at, owner.uid, owner.gid);
}

async function settleOpen(handle: FileHandle, { owner, mode }: Rule): Promise<void> {
  if (owner && mayChown()) await handle.chown(owner.uid, owner.gid);
  await handle.chmod(mode);
}

/** When a folder, or an entry's name in it, last changed. */
async function changeOf(handle: FileHandle): Promise<bigint> {
  return (await handle.stat({ bigint: true })).ctimeNs;
}
