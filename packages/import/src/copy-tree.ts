import { constants } from 'node:fs';
import { copyFile, mkdir, readlink, symlink, utimes } from 'node:fs/promises';
import type { Progress } from './progress.ts';
import { type Entry, walkTree } from './walk-tree.ts';

/** Copies a tree to a new place, keeping links. Only its own user can access the copy. */
export async function copyTree(
  from: string,
  to: string,
  { signal, progress }: { signal: AbortSignal; progress: Progress },
): Promise<void> {
  await walkTree(from, {
    signal,
    async visit(entry) {
      await copyEntry(
        entry,
        Buffer.from([to, ...entry.names.map((name) => name.toString('latin1'))].join('/'), 'latin1'),
      );
      progress.add({ bytes: entry.kind === 'file' ? entry.stats.size : 0, files: 1 });
    },
  });
}

async function copyEntry(entry: Entry, target: Buffer): Promise<void> {
  if (entry.kind === 'folder') return void (await mkdir(target, 0o700));
  if (entry.kind === 'link') return symlink(await readlink(entry.at, { encoding: 'buffer' }), target);
  await copyFile(entry.at, target, constants.COPYFILE_EXCL);
  await utimes(target, entry.stats.atime, entry.stats.mtime);
}
