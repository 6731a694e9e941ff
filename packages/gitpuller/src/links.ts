// The symbolic links through which worktrees are published. They are relative, since a site's container sees
// their folder under another path.
import { readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '@freehold/core/write-atomic';
import type { Layout } from './layout.ts';

/** One checked-out commit. */
export interface Worktree {
  /** The commit's id, with a numeric suffix if the same commit was checked out again. */
  readonly name: string;
  readonly commit: string;
  readonly path: string;
}

const target = /^worktrees\/(([0-9a-f]{40}(?:[0-9a-f]{24})?)(?:-\d+)?)$/;

/**
 * The worktree behind one of the two links; undefined unless the link is one of ours and leads to a folder.
 */
export async function readPublished(
  layout: Layout,
  which: 'served' | 'previous',
): Promise<Worktree | undefined> {
  const text = await readlink(layout[which]).catch((error: NodeJS.ErrnoException) => {
    // EINVAL: it is not a link, so somebody else put it there.
    if (error.code === 'ENOENT' || error.code === 'EINVAL') return '';
    throw error;
  });
  const [, name, commit] = target.exec(text) ?? [];
  if (name === undefined || commit === undefined) return undefined;
  const path = join(layout.worktrees, name);
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? { name, commit, path } : undefined;
}

/**
 * Atomically makes visitors see this worktree: a link beside, renamed. The worktree that they saw before
 * becomes the previous one, unless it has the same commit and was only checked out again.
 */
export async function publishWorktree(layout: Layout, worktree: Worktree): Promise<void> {
  const before = await readPublished(layout, 'served');
  if (before !== undefined && before.commit !== worktree.commit) await point(layout.previous, before);
  await point(layout.served, worktree);
}

async function point(link: string, { name }: Worktree): Promise<void> {
  const beside = temporaryNameOf(link);
  await rm(beside, { force: true });
  await symlink(`worktrees/${name}`, beside);
  await rename(beside, link).catch(async (error: NodeJS.ErrnoException) => {
    // Somebody has put a folder in its place.
    if (error.code !== 'EISDIR') throw error;
    await rm(link, { recursive: true });
    await rename(beside, link);
  });
  await syncFolder(dirname(link));
}

/** Where a link is created before it is renamed. */
export function temporaryNameOf(link: string): string {
  return join(dirname(link), `.${basename(link)}.new`);
}
