// The step that every configuration program shares: stage the new files, publish them, let the server
// apply them, and restore the previous ones if it refuses.
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type StagedFile, stageFile, syncFolder } from './write-atomic.ts';

/** A server's configuration: the path and text of each file, in the order in which they are published. */
export type FileSet = ReadonlyMap<string, string>;

/**
 * The server's answer: `accepted` (`but` describes what it did not apply outside these files), `refused` with
 * its message, or `absent` if it did not answer (it reads the files when it starts).
 */
export type Answer = { kind: 'accepted'; but?: string } | { kind: 'refused' | 'absent'; reason: string };

/**
 * Publishes the files that differ from those on disk and has the server apply them. If it refuses, the last
 * valid files are restored, so that a restart of the server succeeds: the files passed as such, or those that
 * were on disk before. Without a difference nothing is written, but `apply` is called nevertheless.
 */
export async function publish(
  next: FileSet,
  apply: () => Promise<Answer>,
  lastGood?: FileSet,
): Promise<Answer> {
  const before = await readFiles([...next.keys()]);
  await writeFiles(before, next);
  const answer = await apply();
  if (answer.kind === 'refused') await restore(next, lastGood ?? before);
  return answer;
}

/** The files on disk now, without missing ones. */
export async function readFiles(paths: readonly string[]): Promise<FileSet> {
  const found = new Map<string, string>();
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text !== undefined) found.set(path, text);
  }
  return found;
}

/**
 * Writes the files of `next` that differ from `before`, each atomically. All are staged before the first is
 * renamed, so that a full disk does not leave half of them new.
 */
export async function writeFiles(before: FileSet, next: FileSet): Promise<void> {
  const different = [...next].filter(([path, text]) => before.get(path) !== text);
  const staged: StagedFile[] = [];
  try {
    for (const [path, text] of different) staged.push(await stageFile(path, text));
  } catch (error) {
    await Promise.all(staged.map((file) => file.discard()));
    throw error;
  }
  for (const file of staged) await file.publish();
  for (const folder of new Set(different.map(([path]) => dirname(path)))) await syncFolder(folder);
}

async function restore(now: FileSet, before: FileSet): Promise<void> {
  await writeFiles(now, before);
  for (const path of now.keys()) {
    if (!before.has(path)) await rm(path, { force: true });
  }
}

/** Whether two sets of files have the same texts. */
export function sameFiles(one: FileSet, other: FileSet): boolean {
  return one.size === other.size && [...one].every(([path, text]) => other.get(path) === text);
}
