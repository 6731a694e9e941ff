import { createHash } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import { FreeholdError } from '@freehold/core/error';
import type { Size } from './describe-progress.ts';
import { refuseLink } from './link-rule.ts';
import { haveSameRule, type Ownership } from './ownership.ts';
import { type Entry, walkTree } from './walk-tree.ts';

/**
 * Checks whether an uploaded tree may be imported: it may contain only folders, files and symbolic links that
 * stay within it, and no file with another name elsewhere, or in a place that requires another owner: its
 * owner and mode would change there too.
 *
 * @returns its size, and an identity of the state of this tree: it changes with each entry that is added,
 *   removed, written to or renamed.
 * @throws FreeholdError with the first invalid entry.
 */
export async function checkTree(
  root: string,
  { ownership, signal }: { ownership: Ownership; signal: AbortSignal },
): Promise<Size & { identity: string }> {
  const identity = createHash('sha256');
  const linked: LinkedFiles = new Map();
  let [bytes, files] = [0, 0];
  await walkTree(root, {
    signal,
    async visit(entry) {
      files += 1;
      identity.update(identityOfEntry(entry));
      if (entry.kind === 'file') bytes += entry.stats.size;
      if (entry.kind === 'link')
        refuseLink(entry.path, entry.names.map(String), await readlink(entry.at, 'latin1'));
      if (entry.kind === 'file' && entry.stats.nlink > 1) countLink(linked, entry, ownership);
    },
  });
  for (const { path, missing } of linked.values()) {
    if (missing > 0) throw new FreeholdError(`${path} is a hard link to a file outside of the upload.`);
  }
  return { bytes, files, identity: identity.digest('hex') };
}

function identityOfEntry({ names, stats }: Entry): string {
  const { dev, ino, mode, size, mtimeMs, ctimeMs } = stats;
  return JSON.stringify([
    names.map((name) => name.toString('latin1')),
    dev,
    ino,
    mode,
    size,
    mtimeMs,
    ctimeMs,
  ]);
}

/** Files that have several names, by device and inode. */
type LinkedFiles = Map<string, { path: string; names: string[]; missing: number }>;

function countLink(linked: LinkedFiles, { stats, path, names: raw }: Entry, ownership: Ownership): void {
  const id = `${stats.dev}:${stats.ino}`;
  const names = raw.map(String);
  const known = linked.get(id);
  if (known && !haveSameRule(known.names, names, ownership)) {
    throw new FreeholdError(`${path} is a hard link to ${known.path}, which must have another owner.`);
  }
  linked.set(id, { path, names, missing: (known?.missing ?? stats.nlink) - 1 });
}
