// Sets the owners and modes with which imported files are served.
import { type FileHandle, lchown, readlink } from 'node:fs/promises';
import { FreeholdError } from '@freehold/core/error';
import type { Rule } from './apps/app.ts';
import { refuseLink } from './link-rule.ts';
import { type Ownership, ruleFor } from './ownership.ts';
import { type Entry, walkTree } from './walk-tree.ts';

/** How often a tree that somebody changes in the meantime is processed. */
const maxPasses = 10;

/**
 * Sets the owners and modes of a domain's tree, or of the part of it below `below`. With `sync`, all of it is
 * on disk afterwards. Only root can change owners, so another user changes only modes.
 *
 * Each folder belongs to root or the site before its entries are read, so that nobody else can add any
 * afterwards. The tree is processed again if a folder changed nevertheless.
 *
 * @throws FreeholdError with the path of a link that leads out, which may have been created after the tree
 *   was checked.
 */
export async function setOwnership(
  folder: string,
  options: { ownership: Ownership; below?: readonly string[]; sync?: boolean; signal?: AbortSignal },
): Promise<void> {
  for (let pass = 1; pass <= maxPasses; pass += 1) if (await setAllOnce(folder, options)) return;
  throw new FreeholdError(`${folder} keeps changing. Try again once nothing writes to it any more.`);
}

/** Returns whether no folder changed in the meantime. */
async function setAllOnce(
  folder: string,
  { ownership, below = [], sync = false, signal }: Parameters<typeof setOwnership>[1],
): Promise<boolean> {
  const read: bigint[] = [];
  let isQuiet = true;
  const rule = ({ names, kind, stats }: Entry) =>
    ruleFor([...below, ...names.map(String)], { kind, mode: stats.mode }, ownership);
  await walkTree(folder, {
    signal,
    async visit(entry) {
      const { handle } = entry;
      if (handle === undefined) return setLinkOwner(entry, below, rule(entry));
      await setHandle(handle, rule(entry));
      if (entry.kind === 'folder') read.push(await changeOf(handle));
      else if (sync) await handle.sync();
    },
    // A folder is synced after its content: once it is on disk, so are its entries.
    async leave({ kind, handle }) {
      if (kind !== 'folder' || handle === undefined) return;
      if (read.pop() !== (await changeOf(handle))) isQuiet = false;
      if (sync) await handle.sync();
    },
  });
  return isQuiet;
}

const mayChown = () => process.getuid?.() === 0;

async function setLinkOwner(entry: Entry, below: readonly string[], { owner }: Rule): Promise<void> {
  refuseLink(entry.path, [...below, ...entry.names.map(String)], await readlink(entry.at, 'latin1'));
  if (owner && mayChown()) await lchown(entry.at, owner.uid, owner.gid);
}

async function setHandle(handle: FileHandle, { owner, mode }: Rule): Promise<void> {
  if (owner && mayChown()) await handle.chown(owner.uid, owner.gid);
  await handle.chmod(mode);
}

/** When a folder, or the name of an entry in it, last changed. */
async function changeOf(handle: FileHandle): Promise<bigint> {
  return (await handle.stat({ bigint: true })).ctimeNs;
}
